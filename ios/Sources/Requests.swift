import Foundation
import Tauri

// What goes with a call, and what is answered. Bytes are Base64 in all of these.

struct CodeRequest: Decodable {
    let code: String
}

struct Switch: Decodable {
    let on: Bool
}

struct FeelRequest: Decodable {
    let what: String
}

struct WatchRequest: Decodable {
    let handler: Channel
}

struct AttestRequest: Decodable {
    let challenge: String
    let pop: String
    let uv: String
}

struct FileRequest: Decodable {
    let name: String
    let type: String
    let content: Data
}

struct About: Encodable {
    let name: String
    let model: String
    let version: String
    let softwareKeys: Bool
}

struct Attested: Encodable {
    let object: String?
    let keyId: String?
}

struct News: Encodable {
    let what: String
}

struct Done: Encodable {
    let done: Bool
}

struct Granted: Encodable {
    let granted: Bool
}

struct Target: Encodable {
    let account: String
    let endpoint: String
    let p256dh: String
    let auth: String
}

struct Targets: Encodable {
    let targets: [Target]
}

struct Place: Encodable {
    let path: String?
}

struct HandedOver: Encodable {
    let files: [String]
}

struct OpenedFile: Encodable {
    let name: String
    let content: Data
}

struct Chosen: Encodable {
    let file: OpenedFile?
}

/// Why something was not done, by the names that the Rust half knows.
enum Refused: String, Error {
    case notHere
    case tooLarge
}

/// How often the clipboard had changed when the app's code went on it.
final class Copied {
    static let shared = Copied()
    var changes: Int?
}
