@file:Suppress("unused", "UNUSED_PARAMETER")

package androidx.core.app

import android.app.Activity
import android.content.Context

object ActivityCompat {
    @JvmStatic
    fun checkSelfPermission(context: Context, permission: String): Int = throw NotImplementedError()

    @JvmStatic
    fun shouldShowRequestPermissionRationale(
        activity: Activity,
        permission: String
    ): Boolean = throw NotImplementedError()
}
