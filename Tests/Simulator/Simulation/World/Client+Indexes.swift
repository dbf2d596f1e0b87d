import Gateway
import Items
import Tables

extension Client {
    /// What a query of the index finds of the first school's students, by teacher, as values; nil where it was not answered.
    func students(of teacher: Int, _ home: Home, _ world: World) throws -> Set<Int>? {
        let desk = DeskOf(home: home, number: number, world: world)
        let (answer, _) = try ask { server, done in try desk.query(teacher, server, done) }
        guard case .seen(let states) = answer else { return nil }
        return Set(states.compactMap { $0?.value })
    }
}
