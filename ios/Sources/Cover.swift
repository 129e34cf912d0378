import UIKit
import WebKit

/// Lies over the screen whenever somebody else may look: in the list of apps, on a mirrored screen, while it is recorded.
final class Cover {
    /// Whether the person wants it; the window is there before the vault can say so.
    var isOn: Bool {
        get { UserDefaults.standard.object(forKey: Cover.setting) as? Bool ?? true }
        set {
            UserDefaults.standard.set(newValue, forKey: Cover.setting)
            update()
        }
    }

    private static let setting = "hidesScreen"
    private weak var page: WKWebView?
    private var isActive = true
    private lazy var view: UIView = {
        let view = UIImageView(image: UIImage(named: "Mark"))
        view.contentMode = .center
        view.backgroundColor = UIColor(named: "Ground") ?? .systemBackground
        view.autoresizingMask = [.flexibleWidth, .flexibleHeight]
        return view
    }()

    func protect(_ page: WKWebView) {
        self.page = page
        let centre = NotificationCenter.default
        for (name, active) in [
            (UIApplication.willResignActiveNotification, false), (UIApplication.didBecomeActiveNotification, true),
        ] {
            centre.addObserver(forName: name, object: nil, queue: .main) { [weak self] _ in
                self?.isActive = active
                self?.update()
            }
        }
        centre.addObserver(forName: UIScreen.capturedDidChangeNotification, object: nil, queue: .main) {
            [weak self] _ in self?.update()
        }
        update()
    }

    private func update() {
        guard let window = page?.window else { return }
        guard isOn, !isActive || window.screen.isCaptured else {
            view.removeFromSuperview()
            return
        }
        view.frame = window.bounds
        window.addSubview(view)
        window.endEditing(true)
    }
}
