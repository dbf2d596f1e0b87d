// swift-tools-version: 6.2
import PackageDescription

// A folder under Sources is a floor. A target imports only floors below its own, and a sibling only along an arrow
// that the drawing in README.md shows; `make check` holds the code to both.

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    // Forty checks a request that no two accesses to a property overlap: left to the tests, which run with them.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// A Debian library as the package manager sees it: a module map and a shim, nothing more.
func header(_ name: String, pkgConfig: String, package: String) -> Target {
    .systemLibrary(
        name: name, path: "Sources/Headers/\(name)", pkgConfig: pkgConfig, providers: [.apt([package])])
}

func target(_ floor: String, _ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(floor)/\(name)", swiftSettings: strict)
}

func tests(_ floor: String, _ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: ["TestKit", .byName(name: name)] + dependencies,
        path: "Tests/\(floor)/\(name)Tests", swiftSettings: strict)
}

let package = Package(
    name: "homeroom",
    products: [.executable(name: "homeroom", targets: ["homeroom"])],
    targets: [
        header("CSQLite", pkgConfig: "sqlite3", package: "libsqlite3-dev"),
        header("COpenSSL", pkgConfig: "libcrypto", package: "libssl-dev"),
        header("CMicroHTTPD", pkgConfig: "libmicrohttpd", package: "libmicrohttpd-dev"),
        header("CCurl", pkgConfig: "libcurl", package: "libcurl4-openssl-dev"),
        header("CZlib", pkgConfig: "zlib", package: "zlib1g-dev"),
        header("CZstd", pkgConfig: "libzstd", package: "libzstd-dev"),
        header("CDeflate", pkgConfig: "libdeflate", package: "libdeflate-dev"),

        target("Base", "Base"),
        target("Base", "JSONText", ["Base"]),

        target("Bindings", "SQLite", ["CSQLite", "Base"]),
        target("Bindings", "Crypto", ["COpenSSL", "Base"]),
        target("Bindings", "HTTPServer", ["CMicroHTTPD", "Base"]),
        target("Bindings", "HTTPClient", ["CCurl", "Base"]),
        target("Bindings", "Compression", ["CZlib", "CDeflate", "CZstd", "Base"]),

        target("Domain", "Items", ["Base"]),
        target("Domain", "PartiQL", ["Base", "Items"]),
        target("Domain", "Policies", ["Base", "JSONText"]),
        target("Domain", "Tokens", ["Base", "JSONText", "Crypto"]),
        target("Domain", "SigV4", ["Base", "Crypto"]),
        target("Domain", "Tenancy", ["Base", "JSONText", "Items"]),
        target("Domain", "Tiering", ["Base", "Tenancy"]),
        target("Domain", "PolicyLint", ["Base", "JSONText", "Items", "Policies", "Tenancy"]),
        target("Domain", "Proofs", ["Base", "JSONText", "Items", "Policies", "Tenancy"]),

        target("Engines", "Tables", ["Base", "Items"]),
        target("Engines", "LocalTables", ["Base", "Items", "SQLite", "Crypto", "Tables"]),
        target("Engines", "Registry", ["Base", "Items", "Crypto", "Tenancy", "Tables"]),
        target("Engines", "Workflows", ["Base", "Registry"]),

        target("Services", "Gateway", ["Base", "Items", "Policies", "Tenancy", "Tables", "Registry"]),
        target("Services", "Tenants", ["Base", "Items", "Tenancy", "Tables", "Registry", "Workflows"]),
        target(
            "Services", "Migrations",
            ["Base", "Items", "Crypto", "Tokens", "Tenancy", "Tables", "Registry", "Workflows"]),
        target(
            "Services", "Upgrades",
            ["Base", "Tables", "Tenancy", "Tiering", "Registry", "Workflows", "Migrations"]),
        target("Services", "Issuing", ["Base", "JSONText", "Crypto", "HTTPClient", "Tokens", "Registry"]),
        target("Services", "Upkeep", ["Base", "Tenancy", "Tables", "Registry"]),
        target("Services", "Backups", ["Base", "Items", "Crypto", "Tables"]),
        target(
            "Services", "Archives",
            [
                "Base", "JSONText", "Items", "Crypto", "Compression", "Tenancy", "Tables", "Registry",
                "Workflows",
            ]),
        target("Services", "Accounts", ["Base", "Crypto", "Tokens", "Registry"]),
        target(
            "Services", "Departures",
            [
                "Base", "JSONText", "Items", "Crypto", "Tokens", "Tenancy", "Tables", "Registry", "Workflows",
                "Archives",
            ]),
        target(
            "Services", "Audits",
            [
                "Base", "JSONText", "Items", "Crypto", "HTTPClient", "Tokens", "Tenancy", "Tables",
                "Registry",
            ]),
        target(
            "Services", "Reconciliation",
            ["Base", "Items", "Crypto", "Tenancy", "Tables", "Registry", "Workflows"]),
        target(
            "Services", "Reviews",
            [
                "Base", "JSONText", "Items", "Crypto", "Policies", "PolicyLint", "Proofs", "Tenancy",
                "Tables", "Registry",
            ]),

        target(
            "Edge", "GatewayAPI",
            [
                "Base", "Items", "PartiQL", "HTTPServer", "Compression", "SigV4", "Tokens", "Crypto",
                "Policies", "Tenancy", "Tables", "Registry", "Gateway", "Backups",
            ]),
        target(
            "Edge", "ControlAPI",
            [
                "Base", "JSONText", "HTTPServer", "Crypto", "Tokens", "Items", "Tenancy", "Tables",
                "Registry", "Workflows", "Tenants", "Migrations", "Policies", "PolicyLint", "Proofs",
                "Reviews", "Archives", "Departures", "Audits", "Reconciliation", "Tiering", "Upgrades",
                "Issuing", "Accounts",
            ]),

        .executableTarget(
            name: "homeroom",
            dependencies: [
                "Base", "JSONText", "HTTPServer", "HTTPClient", "Crypto", "SigV4", "Tenancy", "Policies",
                "Tokens",
                "Tables", "LocalTables", "Registry", "Workflows", "Gateway", "Tenants", "Migrations",
                "Upkeep", "Backups", "PolicyLint", "Proofs", "Reviews", "GatewayAPI", "ControlAPI",
                "Archives", "Departures", "Audits", "Reconciliation", "Compression", "Tiering", "Upgrades",
                "Issuing", "Accounts",
            ],
            path: "Sources/Apps/homeroom", swiftSettings: strict),

        // What the gateway is measured beside; `make bench` builds them.
        .executableTarget(name: "bare-server", dependencies: ["CMicroHTTPD"], path: "Benchmarks/BareServer"),
        .executableTarget(
            name: "echo-server", dependencies: ["HTTPServer"], path: "Benchmarks/EchoServer",
            swiftSettings: strict),
        .executableTarget(
            name: "bench-tool",
            dependencies: [
                "Archives", "Base", "Crypto", "Items", "LocalTables", "Migrations", "Policies", "Proofs",
                "Registry", "SQLite", "SigV4", "Tables", "Tenancy", "Tokens", "Workflows",
            ],
            path: "Benchmarks/BenchTool", swiftSettings: strict),

        .target(name: "TestKit", dependencies: ["Base"], path: "Tests/TestKit", swiftSettings: strict),
        .target(
            name: "RunTestKit",
            dependencies: ["TestKit", "Base", "Tables", "LocalTables", "Registry", "Workflows"],
            path: "Tests/RunTestKit", swiftSettings: strict),
        .target(
            name: "GatewayTestKit",
            dependencies: [
                "TestKit", "Base", "Items", "Policies", "Tenancy", "Tables", "LocalTables", "Registry",
                "Gateway",
            ],
            path: "Tests/GatewayTestKit", swiftSettings: strict),
        // A disk in memory that loses what was not synced: a file system for SQLite and for the stores' own files.
        .target(
            name: "SimulatedDisk", dependencies: ["CSQLite", "Base", "Tables", "LocalTables"],
            path: "Tests/SimulatedDisk", swiftSettings: strict),
        .testTarget(
            name: "SimulatedDiskTests",
            dependencies: [
                "SimulatedDisk", "TestKit", "Base", "SQLite", "Items", "Tables", "Tenancy", "LocalTables",
                "Registry",
            ],
            path: "Tests/SimulatedDiskTests", swiftSettings: strict),
        // The whole system on a seeded clock, scheduler and disk; `make sim` builds it.
        .target(
            name: "Simulation",
            dependencies: [
                "SimulatedDisk", "Base", "Items", "Policies", "Tenancy", "Tables", "LocalTables", "Registry",
                "Workflows", "Gateway", "Tenants", "Migrations", "Reconciliation", "Upkeep",
            ],
            path: "Tests/Simulator/Simulation", swiftSettings: strict),
        .executableTarget(
            name: "simulator", dependencies: ["Simulation"], path: "Tests/Simulator/Tool",
            swiftSettings: strict),
        .testTarget(
            name: "SimulatorTests", dependencies: ["Simulation", "TestKit", "Base"],
            path: "Tests/SimulatorTests", swiftSettings: strict),
        tests("Base", "Base"),
        tests("Base", "JSONText"),
        tests("Bindings", "SQLite", ["Base"]),
        tests("Bindings", "Crypto", ["Base"]),
        tests("Bindings", "HTTPServer", ["HTTPClient"]),
        tests("Bindings", "HTTPClient", ["HTTPServer"]),
        tests("Bindings", "Compression", ["Base"]),
        tests("Domain", "Items", ["Base"]),
        tests("Domain", "PartiQL", ["Base", "Items"]),
        tests("Domain", "Policies", ["Base", "JSONText"]),
        tests("Domain", "Tokens", ["Base", "JSONText", "Crypto"]),
        tests("Domain", "SigV4", ["Base", "Crypto"]),
        tests("Domain", "Tenancy"),
        tests("Domain", "Tiering", ["Base", "Tenancy"]),
        tests("Domain", "PolicyLint", ["Base", "JSONText", "Policies", "Tenancy"]),
        tests("Domain", "Proofs", ["Base", "JSONText", "Items", "Policies", "Tenancy"]),
        tests("Engines", "LocalTables", ["Base", "SQLite", "Tables", "Items"]),
        // Random programs against the engine and a plain model side by side.
        .testTarget(
            name: "ModelTests", dependencies: ["TestKit", "Base", "Items", "Tables", "LocalTables"],
            path: "Tests/Engines/ModelTests", swiftSettings: strict),
        tests(
            "Engines", "Registry",
            ["RunTestKit", "Base", "Crypto", "Items", "LocalTables", "SQLite", "Tables", "Tenancy"]),
        tests("Engines", "Workflows", ["RunTestKit", "Base", "LocalTables", "Tables", "Registry"]),
        tests(
            "Services", "Tenants",
            ["RunTestKit", "Base", "Items", "LocalTables", "Tables", "Registry", "Workflows", "Tenancy"]),
        tests(
            "Services", "Gateway",
            ["GatewayTestKit", "Base", "Items", "Policies", "Tenancy", "Tables", "LocalTables", "Registry"]),
        tests(
            "Edge", "GatewayAPI",
            [
                "GatewayTestKit", "Base", "Items", "Policies", "Tenancy", "Tables", "LocalTables", "Registry",
                "Backups", "Gateway", "HTTPServer", "HTTPClient", "Compression", "Crypto", "SigV4", "Tokens",
                "JSONText",
            ]),
        tests(
            "Services", "Migrations",
            [
                "RunTestKit", "Base", "Items", "Crypto", "Tokens", "LocalTables", "Tables", "Registry",
                "Workflows", "Tenancy", "Archives",
            ]),
        tests(
            "Services", "Upkeep",
            [
                "GatewayTestKit", "Base", "Items", "Tenancy", "Tables", "LocalTables", "Registry", "Gateway",
            ]),
        tests(
            "Services", "Upgrades",
            [
                "GatewayTestKit", "RunTestKit", "Base", "Items", "Tenancy", "Tiering", "Tables",
                "LocalTables", "Registry", "Workflows", "Migrations", "Gateway", "Tenants",
            ]),
        tests(
            "Services", "Issuing",
            [
                "RunTestKit", "Base", "Crypto", "HTTPClient", "HTTPServer", "LocalTables", "Tables", "Tokens",
                "Registry",
            ]),
        tests("Services", "Backups", ["Base", "Items", "Tables", "LocalTables"]),
        tests("Services", "Accounts", ["RunTestKit", "Base", "Crypto", "Tokens", "Registry"]),
        tests(
            "Services", "Archives",
            [
                "RunTestKit", "GatewayTestKit", "Base", "JSONText", "Items", "Crypto", "Compression",
                "Tenancy", "Tables", "LocalTables", "Registry", "Workflows",
            ]),
        tests(
            "Services", "Departures",
            [
                "RunTestKit", "GatewayTestKit", "Base", "JSONText", "Items", "Crypto", "Tokens", "Tenancy",
                "Tables", "LocalTables", "Registry", "Workflows", "Archives",
            ]),
        tests(
            "Services", "Audits",
            [
                "RunTestKit", "Base", "JSONText", "Items", "Crypto", "HTTPServer", "Tokens", "Tenancy",
                "Tables", "LocalTables", "Registry",
            ]),
        tests(
            "Services", "Reconciliation",
            [
                "RunTestKit", "GatewayTestKit", "Base", "Items", "Tenancy", "Tables", "LocalTables",
                "Registry", "Workflows", "Tenants", "Migrations",
            ]),
        tests(
            "Services", "Reviews",
            [
                "RunTestKit", "Base", "JSONText", "Crypto", "Items", "Policies", "PolicyLint", "Proofs",
                "Tenancy", "Tables", "LocalTables", "Registry",
            ]),
        tests(
            "Edge", "ControlAPI",
            [
                "RunTestKit", "Base", "JSONText", "HTTPServer", "Crypto", "Tables", "Registry", "Reviews",
                "Workflows", "Tenants", "Accounts",
            ]),
        tests(
            "Apps", "homeroom",
            [
                "RunTestKit", "Base", "Crypto", "Issuing", "JSONText", "HTTPClient", "HTTPServer", "Tokens",
                "Policies", "Proofs", "Reviews", "Registry", "Tables", "Tenancy", "Upgrades", "ControlAPI",
            ]),
    ]
)
