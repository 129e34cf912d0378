package app.countersign

import android.os.Bundle
import android.view.MotionEvent
import android.webkit.WebView
import androidx.activity.enableEdgeToEdge
import app.countersign.device.Shield

/** The app's one window. What protects it is in the device library; nothing is decided here. */
class MainActivity : TauriActivity() {
    override fun onCreate(savedInstanceState: Bundle?) {
        // Before anything is drawn, and before the system keeps a picture of it.
        Shield.cover(this)
        enableEdgeToEdge()
        super.onCreate(savedInstanceState)
    }

    override fun onWebViewCreate(webView: WebView) {
        super.onWebViewCreate(webView)
        Shield.cover(webView)
    }

    override fun dispatchTouchEvent(event: MotionEvent): Boolean =
        Shield.refuses(event) || super.dispatchTouchEvent(event)

    override fun onWindowFocusChanged(hasFocus: Boolean) {
        super.onWindowFocusChanged(hasFocus)
        // A dialog has come or gone.
        Shield.coverEveryWindow(this)
    }
}
