import Testing

/// Nothing yet.
@Suite struct ReviewsSkeletonTests {
    @Test func theTargetBuilds() {}
}
