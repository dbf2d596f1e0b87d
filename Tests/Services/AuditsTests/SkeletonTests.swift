import Testing

@testable import Audits

@Suite("Audits") struct SkeletonTests {}
