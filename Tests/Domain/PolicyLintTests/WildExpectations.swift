enum WildExpectations { static let ids: [String: String] = [:] }
