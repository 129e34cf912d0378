@file:Suppress("unused", "UNUSED_PARAMETER")

package androidx.core.content

import android.content.Context
import android.content.SharedPreferences
import android.net.Uri
import java.io.File

object FileProvider {
    @JvmStatic
    fun getUriForFile(context: Context, authority: String, file: File): Uri = throw NotImplementedError()
}

inline fun SharedPreferences.edit(commit: Boolean = false, action: SharedPreferences.Editor.() -> Unit) {
    edit().apply(action).apply()
}
