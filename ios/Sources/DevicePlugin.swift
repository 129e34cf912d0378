import AVFoundation
import Tauri
import UIKit
import UserNotifications
import WebKit

/// What the Rust half (`src-tauri/device/src/mobile.rs`) calls, by the same names as on Android. Keys are not here: Rust
/// asks the Security framework itself. The web view cannot call any of it.
class DevicePlugin: Plugin {
    private let cover = Cover()
    private let files = Files()
    private let wakeUps = WakeUps.shared

    @objc override func load(webview: WKWebView) {
        cover.protect(webview)
        wakeUps.listenForTaps()
    }

    @objc func about(_ invoke: Invoke) {
        DispatchQueue.main.async {
            let device = UIDevice.current
            invoke.resolve(
                About(
                    name: device.name, model: machineName(), version: device.systemVersion,
                    softwareKeys: !Attest.hasSecureEnclave))
        }
    }

    // Clipboard and screen

    @objc func copy(_ invoke: Invoke) throws {
        let request = try invoke.parseArgs(CodeRequest.self)
        // Stays on this phone, and goes by itself, whatever becomes of the app.
        UIPasteboard.general.setItems(
            [[UIPasteboard.typeAutomatic: request.code]],
            options: [.localOnly: true, .expirationDate: Date(timeIntervalSinceNow: 60)])
        Copied.shared.changes = UIPasteboard.general.changeCount
        invoke.resolve()
    }

    @objc func clearCopied(_ invoke: Invoke) {
        // Nobody is asked whether the app may look: the count tells whether something else was copied since.
        if Copied.shared.changes == UIPasteboard.general.changeCount {
            UIPasteboard.general.items = []
        }
        Copied.shared.changes = nil
        invoke.resolve()
    }

    @objc func hideScreen(_ invoke: Invoke) throws {
        let request = try invoke.parseArgs(Switch.self)
        DispatchQueue.main.async {
            self.cover.isOn = request.on
            invoke.resolve()
        }
    }

    @objc func feel(_ invoke: Invoke) throws {
        let request = try invoke.parseArgs(FeelRequest.self)
        DispatchQueue.main.async {
            switch request.what {
            case "confirm": UINotificationFeedbackGenerator().notificationOccurred(.success)
            case "reject": UINotificationFeedbackGenerator().notificationOccurred(.error)
            default: UIImpactFeedbackGenerator(style: .light).impactOccurred()
            }
            invoke.resolve()
        }
    }

    @objc func torch(_ invoke: Invoke) throws {
        let request = try invoke.parseArgs(Switch.self)
        guard let camera = AVCaptureDevice.default(for: .video), camera.hasTorch,
            (try? camera.lockForConfiguration()) != nil
        else {
            invoke.resolve(Done(done: false))
            return
        }
        camera.torchMode = request.on ? .on : .off
        camera.unlockForConfiguration()
        invoke.resolve(Done(done: true))
    }

    // Permissions, asked at the first use and not before

    @objc func askCamera(_ invoke: Invoke) {
        AVCaptureDevice.requestAccess(for: .video) { invoke.resolve(Granted(granted: $0)) }
    }

    @objc func askNotifications(_ invoke: Invoke) {
        UNUserNotificationCenter.current().requestAuthorization(options: [.alert, .sound, .badge]) { granted, _ in
            if granted {
                DispatchQueue.main.async { UIApplication.shared.registerForRemoteNotifications() }
            }
            invoke.resolve(Granted(granted: granted))
        }
    }

    // Wake-ups

    @objc func watch(_ invoke: Invoke) throws {
        let request = try invoke.parseArgs(WatchRequest.self)
        wakeUps.watch { what in try? request.handler.send(News(what: what)) }
        invoke.resolve()
    }

    /// Apple's push takes no Web Push, and no gateway for it is part of this project: nothing wakes this phone, and the
    /// app asks when it is opened.
    @objc func pushRegister(_ invoke: Invoke) {
        invoke.resolve(Done(done: false))
    }

    @objc func pushForget(_ invoke: Invoke) {
        invoke.resolve()
    }

    @objc func pushTargets(_ invoke: Invoke) {
        invoke.resolve(Targets(targets: []))
    }

    @objc func clearNotice(_ invoke: Invoke) {
        UNUserNotificationCenter.current().removeAllDeliveredNotifications()
        invoke.resolve()
    }

    // Where keys are

    @objc func attest(_ invoke: Invoke) throws {
        let request = try invoke.parseArgs(AttestRequest.self)
        Attest.attest(request) { invoke.resolve($0) }
    }

    // Files

    @objc func backupPlace(_ invoke: Invoke) {
        // The first time, the system looks for the container on disk.
        DispatchQueue.global().async { invoke.resolve(Place(path: Files.backupPlace()?.path)) }
    }

    @objc func backupChanged(_ invoke: Invoke) {
        invoke.resolve()
    }

    /// Files that other apps share come by their addresses, which the Rust half hears by itself.
    @objc func handed(_ invoke: Invoke) {
        invoke.resolve(HandedOver(files: []))
    }

    @objc func readHanded(_ invoke: Invoke) {
        invoke.reject(Refused.notHere.rawValue, code: Refused.notHere.rawValue)
    }

    @objc func openFile(_ invoke: Invoke) {
        files.open(over: manager.viewController) { invoke.answer($0) }
    }

    @objc func saveFile(_ invoke: Invoke) throws {
        let request = try invoke.parseArgs(FileRequest.self)
        files.save(request, over: manager.viewController) { invoke.answer($0) }
    }

    @objc func shareFile(_ invoke: Invoke) throws {
        let request = try invoke.parseArgs(FileRequest.self)
        files.share(request, over: manager.viewController) { result in
            switch result {
            case .success: invoke.resolve()
            case .failure(let refused): invoke.reject(refused.rawValue, code: refused.rawValue)
            }
        }
    }
}

extension Invoke {
    /// A refusal is a code and has no other text.
    func answer<T: Encodable>(_ result: Result<T, Refused>) {
        switch result {
        case .success(let reply): resolve(reply)
        case .failure(let refused): reject(refused.rawValue, code: refused.rawValue)
        }
    }
}

/// The maker's name of this phone, such as "iPhone17,1".
private func machineName() -> String {
    var system = utsname()
    uname(&system)
    return withUnsafeBytes(of: &system.machine) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}

@_cdecl("init_plugin_device")
func initPlugin() -> Plugin {
    DevicePlugin()
}
