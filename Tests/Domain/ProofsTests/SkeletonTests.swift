import Testing

/// Nothing yet.
@Suite struct ProofsSkeletonTests {
    @Test func theTargetBuilds() {}
}
