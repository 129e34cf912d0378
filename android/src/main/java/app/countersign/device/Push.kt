package app.countersign.device

import android.content.Context
import android.content.pm.PackageManager
import org.json.JSONObject
import org.unifiedpush.android.connector.UnifiedPush

/** Where a service can wake this phone (RFC 8030, RFC 8291). */
data class PushTarget(val account: String, val endpoint: String, val p256dh: String, val auth: String)

/** Web Push by UnifiedPush: a distributor that the person has installed, or else Google's service. */
object Push {
    private const val TARGETS = "push"
    private const val GOOGLE_SERVICES = "com.google.android.gms"

    /**
     * Asks for an address for one account. `vapid` is the service's key: only its messages are let through. The
     * address comes later, to [WakeUps]. False where there is nothing that could wake this phone.
     */
    fun register(context: Context, account: String, vapid: String): Boolean {
        val chosen = choose(
            UnifiedPush.getDistributors(context),
            UnifiedPush.getSavedDistributor(context),
            context.packageName,
            hasGoogleServices(context)
        ) ?: return false
        UnifiedPush.saveDistributor(context, chosen)
        UnifiedPush.register(context, account, null, vapid)
        return true
    }

    /** Gives an account's address up. */
    fun forget(context: Context, account: String) {
        UnifiedPush.unregister(context, account)
        drop(context, account)
    }

    /** The addresses there are. */
    fun targets(context: Context): List<PushTarget> =
        settings(context).all.mapNotNull { (account, kept) -> parse(account, kept as? String) }

    internal fun keep(context: Context, target: PushTarget) =
        settings(context).edit().putString(target.account, print(target)).apply()

    internal fun drop(context: Context, account: String) = settings(context).edit().remove(account).apply()

    /**
     * Which distributor: the one that was taken before, or one that the person has installed, or the one inside this
     * app where Google's services are there for it.
     */
    internal fun choose(found: List<String>, saved: String?, own: String, hasGoogle: Boolean): String? {
        val usable = found.filter { it != own || hasGoogle }
        return saved?.takeIf { it in usable } ?: usable.firstOrNull { it != own } ?: usable.firstOrNull()
    }

    internal fun print(target: PushTarget): String = JSONObject()
        .put("endpoint", target.endpoint).put("p256dh", target.p256dh).put("auth", target.auth).toString()

    internal fun parse(account: String, kept: String?): PushTarget? {
        val json = runCatching { JSONObject(kept ?: return null) }.getOrNull() ?: return null
        val members = listOf("endpoint", "p256dh", "auth").map { json.optString(it) }
        if (members.any { it.isEmpty() }) return null
        return PushTarget(account, members[0], members[1], members[2])
    }

    private fun hasGoogleServices(context: Context): Boolean = try {
        context.packageManager.getPackageInfo(GOOGLE_SERVICES, 0)
        true
    } catch (_: PackageManager.NameNotFoundException) {
        false
    }

    private fun settings(context: Context) = context.getSharedPreferences(TARGETS, Context.MODE_PRIVATE)
}
