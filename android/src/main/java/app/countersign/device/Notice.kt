package app.countersign.device

import android.app.Notification
import android.app.NotificationChannel
import android.app.NotificationManager
import android.app.PendingIntent
import android.content.Context
import android.content.Intent

/**
 * "A sign-in is waiting": the one notification there is. It says no more than that, whoever reads over a shoulder, and
 * nothing can be answered in it. Tapping it opens the app, which asks the service what waits.
 */
object Notice {
    /** One takes the place of another, also of the one that the Rust half shows. */
    const val ID = 1
    const val CHANNEL = "sign-ins"

    /** Tells the app that it was opened by this notification. */
    const val OPENED = "app.countersign.OPENED_BY_NOTICE"

    /** Longer than any request waits. */
    const val KEPT_MILLIS = 600_000L

    /** Shows it. Without permission nothing is shown, and the request is there when the app is opened. */
    fun show(context: Context) {
        val notices = context.getSystemService(NotificationManager::class.java)
        notices.createNotificationChannel(channel(context.getString(R.string.notice_channel)))
        val builder = Notification.Builder(context, CHANNEL)
        notices.notify(ID, fill(builder, context.getString(R.string.notice_text), opening(context)).build())
    }

    /** What is over needs nobody. */
    fun clear(context: Context) = context.getSystemService(NotificationManager::class.java).cancel(ID)

    internal fun channel(name: String) = NotificationChannel(CHANNEL, name, NotificationManager.IMPORTANCE_HIGH).apply {
        setShowBadge(true)
    }

    internal fun fill(builder: Notification.Builder, text: String, opening: PendingIntent?) = builder
        .setSmallIcon(R.drawable.notice)
        .setContentTitle(text)
        .setContentIntent(opening)
        .setAutoCancel(true)
        .setTimeoutAfter(KEPT_MILLIS)

    private fun opening(context: Context): PendingIntent? {
        val start = context.packageManager.getLaunchIntentForPackage(context.packageName) ?: return null
        start.setAction(OPENED).addFlags(Intent.FLAG_ACTIVITY_SINGLE_TOP)
        val flags = PendingIntent.FLAG_UPDATE_CURRENT or PendingIntent.FLAG_IMMUTABLE
        return PendingIntent.getActivity(context, 0, start, flags)
    }
}
