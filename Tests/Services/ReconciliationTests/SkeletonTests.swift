import Testing

@testable import Reconciliation

@Suite("Reconciliation") struct SkeletonTests {}
