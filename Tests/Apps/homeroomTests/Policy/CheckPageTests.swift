import Testing

@testable import homeroom

@Suite struct CheckPageTests {
    @Test func cutsThePageAtItsHeadings() {
        let page = CheckPage(
            """
            # What lint looks for

            Words.

            ## first-check

            One.

            ## `second-check`

            Two.
            ## Not a check
            Three.
            """)
        #expect(page.sections.map(\.id) == ["first-check", "second-check"])
        #expect(page.sections[0].text == "## first-check\n\nOne.")
        #expect(page.sections[1].text == "## `second-check`\n\nTwo.")
    }
}
