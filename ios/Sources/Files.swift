import UIKit
import UniformTypeIdentifiers

/// Files that the person chooses, and the one that iCloud carries to the next phone.
final class Files: NSObject {
    /// No file that the app reads is larger.
    static let mostBytes = 32 * 1024 * 1024

    private var chosen: (([URL]) -> Void)?

    /// Where the sealed backup lies for iCloud; none if the person has it switched off.
    static func backupPlace() -> URL? {
        guard let container = FileManager.default.url(forUbiquityContainerIdentifier: nil) else { return nil }
        let folder = container.appendingPathComponent("backup", isDirectory: true)
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder.appendingPathComponent("avlt-backup.bin")
    }

    func open(over screen: UIViewController?, done: @escaping (Result<Chosen, Refused>) -> Void) {
        present(UIDocumentPickerViewController(forOpeningContentTypes: [.item], asCopy: true), over: screen) { urls in
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

    /// A sealed file under its own name, which only this app reads while the phone is locked.
    private func write(_ file: FileRequest) -> URL? {
        let name = (file.name as NSString).lastPathComponent
        let url = FileManager.default.temporaryDirectory.appendingPathComponent(name.isEmpty ? "file" : name)
        guard (try? file.content.write(to: url, options: [.atomic, .completeFileProtection])) != nil else { return nil }
        return url
    }

    private func present(
        _ picker: UIDocumentPickerViewController, over screen: UIViewController?, chosen: @escaping ([URL]) -> Void
    ) {
        DispatchQueue.main.async {
            guard let screen = screen else { return chosen([]) }
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
