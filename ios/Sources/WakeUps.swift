import Foundation
import UserNotifications

/// What the Rust half is told without asking. Before it listens, news wait, each kind once.
final class WakeUps: NSObject {
    static let shared = WakeUps()

    private let lock = NSLock()
    private var waiting: [String] = []
    private var listener: ((String) -> Void)?

    func watch(_ listener: @escaping (String) -> Void) {
        lock.lock()
        self.listener = listener
        let before = waiting
        waiting = []
        lock.unlock()
        before.forEach(listener)
    }

    func tell(_ what: String) {
        lock.lock()
        let listening = listener
        if listening == nil, !waiting.contains(what) {
            waiting.append(what)
        }
        lock.unlock()
        listening?(what)
    }

    /// The app was opened by its notification; nothing can be answered in it.
    func listenForTaps() {
        let centre = UNUserNotificationCenter.current()
        before = centre.delegate
        centre.delegate = self
    }

    private var before: UNUserNotificationCenterDelegate?
}

extension WakeUps: UNUserNotificationCenterDelegate {
    func userNotificationCenter(
        _ center: UNUserNotificationCenter, willPresent notification: UNNotification,
        withCompletionHandler done: @escaping (UNNotificationPresentationOptions) -> Void
    ) {
        // Whoever has the app before them sees the request in it.
        tell("wakeUp")
        done([])
    }

    func userNotificationCenter(
        _ center: UNUserNotificationCenter, didReceive response: UNNotificationResponse,
        withCompletionHandler done: @escaping () -> Void
    ) {
        tell("opened")
        guard let before = before,
            before.responds(
                to: #selector(UNUserNotificationCenterDelegate.userNotificationCenter(_:didReceive:withCompletionHandler:)))
        else {
            done()
            return
        }
        // Tauri's own notifications are answered where they came from.
        before.userNotificationCenter?(center, didReceive: response, withCompletionHandler: done)
    }
}
