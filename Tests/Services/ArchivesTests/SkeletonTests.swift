import Testing

@testable import Archives

@Suite("Archives") struct SkeletonTests {}
