import Testing

/// Nothing yet.
@Suite struct PolicyLintSkeletonTests {
    @Test func theTargetBuilds() {}
}
