@file:Suppress("unused", "UNUSED_PARAMETER")

package androidx.lifecycle

interface LifecycleOwner {
    val lifecycle: Lifecycle get() = Lifecycle()
}

interface LifecycleObserver

interface DefaultLifecycleObserver : LifecycleObserver {
    fun onCreate(owner: LifecycleOwner) {}
}

class Lifecycle {
    fun addObserver(observer: LifecycleObserver) {}
}

object ProcessLifecycleOwner {
    @JvmStatic
    fun get(): LifecycleOwner = throw NotImplementedError()
}
