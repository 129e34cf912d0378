package app.countersign.device

/**
 * Which save of which vault was the last, kept in the name of a key: the list of keys lies with the keystore, where
 * putting back older files of the app does not reach.
 */
class LastSave(val vault: String, val generation: Long) {
    /** The key's name. */
    fun alias(): String = "$MARK$vault.$generation"

    companion object {
        private const val MARK = "last-save."
        private val PREFIX = KeyUse.VAULT.prefix + MARK

        /** Puts `last` in the place of all before it. It is there before they go: power can end in between. */
        fun remember(keystore: Keystore, last: LastSave) {
            val before = keystore.names(PREFIX).map { it.first }
            val now = KeyUse.VAULT.prefix + last.alias()
            if (now !in before) keystore.makeName(last.alias())
            before.filter { it != now }.forEach(keystore::deleteName)
        }

        /** What was remembered last. */
        fun recall(keystore: Keystore): LastSave? = newest(keystore.names(PREFIX))

        /** Forgets all of it. */
        fun forget(keystore: Keystore) = keystore.names(PREFIX).forEach { keystore.deleteName(it.first) }

        /** Of two that are there because power ended between them, the later; of one second, the higher. */
        internal fun newest(names: List<Pair<String, Long>>): LastSave? = names
            .mapNotNull { (name, made) -> parse(name)?.let { it to made } }
            .maxWithOrNull(compareBy({ it.second }, { it.first.generation }))?.first

        private fun parse(name: String): LastSave? {
            val parts = name.removePrefix(PREFIX).split('.')
            if (!name.startsWith(PREFIX) || parts.size != 2) return null
            return parts[1].toLongOrNull()?.let { LastSave(parts[0], it) }
        }
    }
}
