@file:Suppress("unused", "UNUSED_PARAMETER", "ktlint:standard:property-naming")

package androidx.webkit

import android.content.Context
import android.net.Uri
import android.webkit.WebResourceResponse
import android.webkit.WebView

object WebViewCompat {
    @JvmStatic
    fun addDocumentStartJavaScript(view: WebView, script: String, origins: Set<String>) {}
}

object WebViewFeature {
    const val DOCUMENT_START_SCRIPT = "DOCUMENT_START_SCRIPT"

    @JvmStatic
    fun isFeatureSupported(feature: String): Boolean = throw NotImplementedError()
}

class WebViewAssetLoader {
    interface PathHandler {
        fun handle(path: String): WebResourceResponse?
    }

    class AssetsPathHandler(context: Context) : PathHandler {
        override fun handle(path: String): WebResourceResponse? = throw NotImplementedError()
    }

    class Builder {
        fun setDomain(domain: String): Builder = this
        fun addPathHandler(path: String, handler: PathHandler): Builder = this
        fun build(): WebViewAssetLoader = throw NotImplementedError()
    }

    fun shouldInterceptRequest(url: Uri): WebResourceResponse? = throw NotImplementedError()
}
