import UIKit
import UniformTypeIdentifiers

/// Files that the person chooses, and the one that iCloud carries to the next phone.
final class Files: NSObject {
    /// No file that the app reads is larger.
    static let mostBytes = 32 * 1024 * 1024

    private var chosen: (([URL]) -> Void)?

    /// Holds what is on its way to where the person chose, until it is there. What was on its way when the app ended
    /// goes as soon as it starts again.
    private static let onTheWay = FileManager.default.temporaryDirectory
        .appendingPathComponent("on-the-way", isDirectory: true)

    override init() {
        super.init()
        try? FileManager.default.removeItem(at: Files.onTheWay)
    }

    /// The folder in which sealed backups lie for iCloud; none if the person has it switched off. What has not come to
    /// this phone yet is asked for: until then it has a name of its own, and the Rust half knows it.
    static func backupPlace() -> URL? {
        let files = FileManager.default
        guard let container = files.url(forUbiquityContainerIdentifier: nil) else { return nil }
        let folder = container.appendingPathComponent("backup", isDirectory: true)
        try? files.createDirectory(at: folder, withIntermediateDirectories: true)
        for url in (try? files.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        where url.pathExtension == "icloud" {
            let name = url.deletingPathExtension().lastPathComponent.dropFirst()
            try? files.startDownloadingUbiquitousItem(at: folder.appendingPathComponent(String(name)))
        }
        return folder
    }

    func open(over screen: UIViewController?, done: @escaping (Result<Chosen, Refused>) -> Void) {
        present(UIDocumentPickerViewController(forOpeningContentTypes: [.item], asCopy: true), over: screen) { urls in
            guard let urls = urls else { return done(.failure(.notHere)) }
            guard let url = urls.first else { return done(.success(Chosen(file: nil))) }
            guard let size = try? url.resourceValues(forKeys: [.fileSizeKey]).fileSize,
                let content = size <= Files.mostBytes ? try? Data(contentsOf: url) : Data()
            else { return done(.failure(.notHere)) }
            try? FileManager.default.removeItem(at: url)
            if size > Files.mostBytes { return done(.failure(.tooLarge)) }
            done(.success(Chosen(file: OpenedFile(name: url.lastPathComponent, content: content))))
        }
    }

    func save(_ file: FileRequest, over screen: UIViewController?, done: @escaping (Result<Done, Refused>) -> Void) {
        guard let url = write(file) else { return done(.failure(.notHere)) }
        present(UIDocumentPickerViewController(forExporting: [url], asCopy: true), over: screen) { urls in
            try? FileManager.default.removeItem(at: url)
            guard let urls = urls else { return done(.failure(.notHere)) }
            done(.success(Done(done: !urls.isEmpty)))
        }
    }

    func share(_ file: FileRequest, over screen: UIViewController?, done: @escaping (Result<Done, Refused>) -> Void) {
        guard let url = write(file) else { return done(.failure(.notHere)) }
        DispatchQueue.main.async {
            guard let screen = screen else { return done(.failure(.notHere)) }
            let sheet = UIActivityViewController(activityItems: [url], applicationActivities: nil)
            // On a tablet it points at something.
            sheet.popoverPresentationController?.sourceView = screen.view
            sheet.completionWithItemsHandler = { _, _, _, _ in
                try? FileManager.default.removeItem(at: url)
            }
            screen.present(sheet, animated: true)
            done(.success(Done(done: true)))
        }
    }

    /// A file under its own name, which nobody reads while the phone is locked: the system takes nothing but files.
    private func write(_ file: FileRequest) -> URL? {
        let name = (file.name as NSString).lastPathComponent
        try? FileManager.default.createDirectory(at: Files.onTheWay, withIntermediateDirectories: true)
        let url = Files.onTheWay.appendingPathComponent(name.isEmpty ? "file" : name)
        guard (try? file.content.write(to: url, options: [.atomic, .completeFileProtection])) != nil else { return nil }
        return url
    }

    /// Gives what was chosen: nothing where the person closed the question, nil where there was no screen to ask on.
    private func present(
        _ picker: UIDocumentPickerViewController, over screen: UIViewController?, chosen: @escaping ([URL]?) -> Void
    ) {
        DispatchQueue.main.async {
            guard let screen = screen else { return chosen(nil) }
            self.chosen = chosen
            picker.delegate = self
            screen.present(picker, animated: true)
        }
    }

    private func end(_ urls: [URL]) {
        let done = chosen
        chosen = nil
        done?(urls)
    }
}

extension Files: UIDocumentPickerDelegate {
    func documentPicker(_ controller: UIDocumentPickerViewController, didPickDocumentsAt urls: [URL]) {
        end(urls)
    }

    func documentPickerWasCancelled(_ controller: UIDocumentPickerViewController) {
        end([])
    }
}
