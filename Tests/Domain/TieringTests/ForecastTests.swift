import Testing

@testable import Tiering

@Suite struct ForecastTests {
    @Test func followsALineThatIsOne() throws {
        let forecast = try #require(Forecast(days: (0..<30).map { 100 + 2 * Double($0) }))
        #expect(abs(forecast.perDay - 2) < 1e-9 && abs(forecast.now - 158) < 1e-9)
        #expect(forecast.days(until: 158) == 0 || forecast.days(until: 158) == 1)
        #expect(forecast.days(until: 200) == 21)
        #expect(forecast.days(until: 158 + 180) == 90)
        #expect(forecast.days(until: 158 + 181) == nil, "nothing is said of what is more than 90 days away")
        #expect(forecast.days(until: 100) == 0)
    }

    @Test func saysNothingOfAFewDays() {
        #expect(Forecast(days: (0..<13).map(Double.init)) == nil)
        #expect(Forecast(days: (0..<14).map(Double.init)) != nil)
    }

    @Test func leavesDaysWithoutAValueOut() throws {
        let days: [Double?] = (0..<40).map { $0.isMultiple(of: 2) ? Double($0) : nil }
        #expect(abs(try #require(Forecast(days: days)).perDay - 1) < 1e-9)
    }

    @Test func whatShrinksOrStandsStillNeverPasses() throws {
        #expect(try #require(Forecast(days: (0..<30).map { -Double($0) })).days(until: 5) == nil)
        #expect(try #require(Forecast(days: [Double?](repeating: 4, count: 30))).days(until: 5) == nil)
    }

    @Test func looksBackAsFarAsItSays() throws {
        let jump = [Double?](repeating: 0, count: 200) + (0..<90).map { Double($0) }
        #expect(abs(try #require(Forecast(days: jump)).perDay - 1) < 1e-9)
    }
}
