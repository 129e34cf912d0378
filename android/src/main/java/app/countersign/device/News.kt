package app.countersign.device

/** What the Rust half is told without asking. Before it listens, news wait, each kind once. */
object News {
    const val WAKE_UP = "wakeUp"
    const val PUSH_CHANGED = "pushChanged"

    /** The app was opened by the notification. */
    const val OPENED = "opened"

    /** Another app handed something over. */
    const val HANDED = "handed"

    /** Whether the app is before the person. */
    @Volatile
    var isInUse = false

    private val waiting = LinkedHashSet<String>()
    private var listener: ((String) -> Unit)? = null

    /** Tells one thing. */
    @Synchronized
    fun tell(what: String) {
        val listening = listener
        if (listening == null) waiting.add(what) else listening(what)
    }

    /** From now on `listener` is told, first of all what waits. */
    @Synchronized
    fun listen(listener: (String) -> Unit) {
        this.listener = listener
        waiting.forEach(listener)
        waiting.clear()
    }

    /** A notification is for whoever does not have the app before them. */
    internal fun rings(isInUse: Boolean): Boolean = !isInUse
}
