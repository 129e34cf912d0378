@file:Suppress("unused", "UNUSED_PARAMETER")

package androidx.activity

import android.app.Activity
import androidx.activity.result.ActivityResultCallback
import androidx.activity.result.ActivityResultLauncher
import androidx.activity.result.contract.ActivityResultContract
import androidx.lifecycle.LifecycleOwner

open class ComponentActivity :
    Activity(),
    LifecycleOwner {
    val onBackPressedDispatcher = OnBackPressedDispatcher()

    fun <I, O> registerForActivityResult(
        contract: ActivityResultContract<I, O>,
        callback: ActivityResultCallback<O>
    ): ActivityResultLauncher<I> = throw NotImplementedError()
}

abstract class OnBackPressedCallback(var isEnabled: Boolean) {
    abstract fun handleOnBackPressed()
    fun remove() {}
}

class OnBackPressedDispatcher {
    fun addCallback(owner: LifecycleOwner, callback: OnBackPressedCallback) {}
    fun onBackPressed() {}
}

fun ComponentActivity.enableEdgeToEdge() {}
