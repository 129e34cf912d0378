// swift-tools-version:5.5

import PackageDescription

// Tauri links a plugin by the name of its crate.
let package = Package(
    name: "device",
    platforms: [.macOS(.v11), .iOS(.v15)],
    products: [.library(name: "device", type: .static, targets: ["device"])],
    dependencies: [.package(name: "Tauri", path: "../.tauri/tauri-api")],
    targets: [.target(name: "device", dependencies: [.byName(name: "Tauri")], path: "Sources")]
)
