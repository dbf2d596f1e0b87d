import Base

// The record that cannot be touched: sealed, searched, carried outside, verified.
extension Limits {}
