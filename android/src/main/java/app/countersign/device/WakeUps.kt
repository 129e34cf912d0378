package app.countersign.device

import org.unifiedpush.android.connector.FailedReason
import org.unifiedpush.android.connector.PushService
import org.unifiedpush.android.connector.data.PushEndpoint
import org.unifiedpush.android.connector.data.PushMessage

/**
 * A wake-up is a doorbell: whatever is in it is not looked at. The app asks the service what waits, or a fixed
 * notification asks the person to open the app.
 */
class WakeUps : PushService() {
    override fun onNewEndpoint(endpoint: PushEndpoint, instance: String) {
        val keys = endpoint.pubKeySet
        // An address to which nothing can be encrypted is of no use.
        if (keys == null) {
            Push.drop(this, instance)
        } else {
            Push.keep(this, PushTarget(instance, endpoint.url, keys.pubKey, keys.auth))
        }
        News.tell(News.PUSH_CHANGED)
    }

    override fun onMessage(message: PushMessage, instance: String) {
        // What cannot be decrypted was not sent by the account's service.
        if (!message.decrypted) return
        if (News.rings(isInUse = News.isInUse)) Notice.show(this)
        News.tell(News.WAKE_UP)
    }

    override fun onRegistrationFailed(reason: FailedReason, instance: String) = gone(instance)

    override fun onUnregistered(instance: String) = gone(instance)

    private fun gone(instance: String) {
        Push.drop(this, instance)
        News.tell(News.PUSH_CHANGED)
    }
}
