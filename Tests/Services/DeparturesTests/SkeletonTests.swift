import Testing

@testable import Departures

@Suite("Departures") struct SkeletonTests {}
