import Base

// What should exist beside what does.
extension Limits {}
