package app.countersign.device

import android.Manifest
import android.app.Activity
import android.app.backup.BackupManager
import android.content.ClipboardManager
import android.content.Intent
import android.os.Build
import android.os.Handler
import android.os.Looper
import android.webkit.WebView
import androidx.activity.result.ActivityResult
import androidx.appcompat.app.AppCompatActivity
import app.tauri.PermissionState
import app.tauri.annotation.ActivityCallback
import app.tauri.annotation.Command
import app.tauri.annotation.Permission
import app.tauri.annotation.PermissionCallback
import app.tauri.annotation.TauriPlugin
import app.tauri.plugin.Invoke
import app.tauri.plugin.JSArray
import app.tauri.plugin.JSObject
import app.tauri.plugin.Plugin
import app.tauri.plugin.PluginManager
import java.security.Signature
import java.util.Base64
import java.util.UUID
import java.util.concurrent.Executor
import java.util.concurrent.Executors
import javax.crypto.Cipher
import org.json.JSONObject

/**
 * What the Rust half (`src-tauri/device/src/mobile.rs`) calls, by the same names. Each call reads its request, has
 * something done, and answers; nothing is decided here. The web view cannot call any of it.
 */
@TauriPlugin(
    permissions = [
        Permission(strings = [Manifest.permission.CAMERA], alias = "camera"),
        Permission(strings = [Manifest.permission.POST_NOTIFICATIONS], alias = "notifications")
    ]
)
class DevicePlugin internal constructor(
    private val first: Activity,
    private val phone: ThisPhone,
    /** The keystore may take seconds; the screen does not wait for it. */
    private val worker: Executor,
    private val othersOf: (Activity) -> OtherFiles = { Providers(it.contentResolver) }
) : Plugin(first) {
    /** Called from Rust. */
    constructor(activity: Activity) : this(activity, ThisPhone(activity), Executors.newSingleThreadExecutor())

    private val keystore = Keystore(phone)
    private val copied by lazy {
        Copied(first.getSystemService(ClipboardManager::class.java), Handler(Looper.getMainLooper()))
    }
    private val usualPlace by lazy { keystore.usualPlace() }
    private var page: WebView? = null

    /** What was handed over last. */
    @Volatile
    private var handed = emptyList<Handed>()

    /** The window that is there: the first one may be gone, and the app with it not. */
    private val activity: Activity get() = PluginManager.activity ?: first
    private val person get() = Person(activity, phone.api, worker)
    private val others get() = othersOf(activity)

    override fun load(webView: WebView) {
        page = webView
        News.isInUse = true
        // Only from then on can be seen what is on the clipboard.
        webView.viewTreeObserver.addOnWindowFocusChangeListener { hasFocus -> if (hasFocus) copied.clearDue() }
        opened(first.intent)
    }

    override fun onNewIntent(intent: Intent) = opened(intent)

    override fun onResume(activity: AppCompatActivity) {
        News.isInUse = true
    }

    override fun onPause(activity: AppCompatActivity) {
        News.isInUse = false
    }

    private fun opened(intent: Intent?) {
        if (intent?.action == Notice.OPENED) News.tell(News.OPENED)
        val shared = intent?.let { Handed.of(it, first.packageName) }.orEmpty()
        if (shared.isEmpty()) return
        handed = shared
        News.tell(News.HANDED)
    }

    // Vault keys

    @Command
    fun wrap(invoke: Invoke) = work(invoke) {
        val request = invoke.parseArgs(KeyRequest::class.java)
        val use = if (request.person) KeyUse.VAULT_OF_PERSON else KeyUse.VAULT
        val cipher = keystore.toWrap(request.vault, use)
        val seal = { verified: Cipher ->
            val key = bytes(request.content)
            val sealed = keystore.run(verified, bytes(request.associated), key)
            key.fill(0)
            content(Sealed(use, verified.iv, sealed).toBytes())
        }
        if (use.needsPerson) {
            person.verify(Question.OPEN, cipher) { verified -> answer(invoke) { seal(verified.getOrThrow()) } }
        } else {
            answer(invoke) { seal(cipher) }
        }
    }

    @Command
    fun unwrap(invoke: Invoke) = work(invoke) {
        val request = invoke.parseArgs(KeyRequest::class.java)
        val sealed = Sealed.parse(bytes(request.content))
        val cipher = keystore.toUnwrap(request.vault, sealed)
        val open = { verified: Cipher ->
            val key = keystore.run(verified, bytes(request.associated), sealed.content)
            content(key).also { key.fill(0) }
        }
        if (sealed.use.needsPerson) {
            person.verify(Question.OPEN, cipher) { verified -> answer(invoke) { open(verified.getOrThrow()) } }
        } else {
            answer(invoke) { open(cipher) }
        }
    }

    @Command
    fun dropKey(invoke: Invoke) = run(invoke) {
        val request = invoke.parseArgs(DropRequest::class.java)
        val guarded = if (request.onlyUnguarded) emptyList() else listOf(KeyUse.VAULT_OF_PERSON)
        keystore.dropKey(request.vault, guarded + KeyUse.VAULT)
    }

    @Command
    fun remember(invoke: Invoke) = run(invoke) {
        val request = invoke.parseArgs(LastSaveRequest::class.java)
        LastSave.remember(keystore, LastSave(request.vault, request.generation))
    }

    @Command
    fun recall(invoke: Invoke) = work(invoke) {
        answer(invoke) {
            val last = LastSave.recall(keystore)
            val said = last?.let { JSObject().put("vault", it.vault).put("generation", it.generation) }
            reply("last", said ?: JSONObject.NULL)
        }
    }

    @Command
    fun forget(invoke: Invoke) = run(invoke) { LastSave.forget(keystore) }

    // Signing keys

    @Command
    fun makeKey(invoke: Invoke) = work(invoke) {
        answer(invoke) {
            val request = invoke.parseArgs(MakeKeyRequest::class.java)
            val use = use(request.used)
            val alias = use.prefix + UUID.randomUUID()
            val point = Points.of(keystore.makeKey(alias, use, bytes(request.challenge)))
            reply("name", alias).put("point", base64(point)) as JSObject
        }
    }

    @Command
    fun sign(invoke: Invoke) = work(invoke) {
        val request = invoke.parseArgs(SignRequest::class.java)
        val use = use(request.used)
        val signature = keystore.toSign(request.name, use)
        val sign = { verified: Signature ->
            val message = bytes(request.message)
            reply("der", base64(keystore.sign(verified, message))).also { message.fill(0) }
        }
        if (use.needsPerson) {
            person.verify(Question.APPROVE, signature) { verified -> answer(invoke) { sign(verified.getOrThrow()) } }
        } else {
            answer(invoke) { sign(signature) }
        }
    }

    @Command
    fun deleteKey(invoke: Invoke) = run(invoke) { keystore.deleteKey(invoke.parseArgs(NameRequest::class.java).name) }

    @Command
    fun checkKey(invoke: Invoke) = work(invoke) {
        answer(invoke) {
            val name = invoke.parseArgs(NameRequest::class.java).name
            val use = KeyUse.entries.firstOrNull { it.signs && name.startsWith(it.prefix) }
            reply("usable", use != null && keystore.isUsable(name, use))
        }
    }

    @Command
    fun keyPlace(invoke: Invoke) = work(invoke) {
        answer(invoke) { reply("place", keystore.place(invoke.parseArgs(NameRequest::class.java).name).code) }
    }

    @Command
    fun attest(invoke: Invoke) = work(invoke) {
        answer(invoke) {
            val request = invoke.parseArgs(AttestRequest::class.java)
            attestation(keystore.chain(request.pop), keystore.chain(request.uv))
        }
    }

    @Command
    fun about(invoke: Invoke) = work(invoke) {
        answer(invoke) {
            reply("name", phone.name).put("model", phone.model).put("version", phone.version)
                .put("softwareKeys", usualPlace == KeyPlace.SOFTWARE) as JSObject
        }
    }

    // Clipboard and screen

    @Command
    fun copy(invoke: Invoke) = onScreen(invoke) { copied.copy(invoke.parseArgs(CodeRequest::class.java).code) }

    @Command
    fun clearCopied(invoke: Invoke) = onScreen(invoke) { copied.clear(invoke.parseArgs(CodeRequest::class.java).code) }

    @Command
    fun hideScreen(invoke: Invoke) =
        onScreen(invoke) { Shield.setHidesScreen(activity, invoke.parseArgs(SwitchRequest::class.java).on) }

    @Command
    fun feel(invoke: Invoke) = onScreen(invoke) {
        page?.performHapticFeedback(ThisPhone.feel(invoke.parseArgs(FeelRequest::class.java).what, phone.api))
    }

    @Command
    fun torch(invoke: Invoke) = work(invoke) {
        answer(invoke) { reply("done", phone.torch(invoke.parseArgs(SwitchRequest::class.java).on)) }
    }

    // Permissions, asked at the first use and not before

    @Command
    fun askCamera(invoke: Invoke) = ask(invoke, "camera")

    @Command
    fun askNotifications(invoke: Invoke) {
        // Before Android 13 nobody is asked.
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.TIRAMISU) {
            invoke.resolve(reply("granted", true))
        } else {
            ask(invoke, "notifications")
        }
    }

    private fun ask(invoke: Invoke, permission: String) {
        if (getPermissionState(permission) == PermissionState.GRANTED) {
            invoke.resolve(reply("granted", true))
        } else {
            requestPermissionForAlias(permission, invoke, "asked")
        }
    }

    @PermissionCallback
    fun asked(invoke: Invoke) {
        val permission = if (invoke.command == "askCamera") "camera" else "notifications"
        invoke.resolve(reply("granted", getPermissionState(permission) == PermissionState.GRANTED))
    }

    // Wake-ups

    @Command
    fun watch(invoke: Invoke) = onScreen(invoke) {
        val handler = invoke.parseArgs(WatchRequest::class.java).handler
        News.listen { what -> handler.send(reply("what", what)) }
    }

    @Command
    fun pushRegister(invoke: Invoke) = work(invoke) {
        answer(invoke) {
            val request = invoke.parseArgs(PushRequest::class.java)
            reply("done", Push.register(activity, request.account, request.vapid))
        }
    }

    @Command
    fun pushForget(invoke: Invoke) =
        run(invoke) { Push.forget(activity, invoke.parseArgs(PushRequest::class.java).account) }

    @Command
    fun pushTargets(invoke: Invoke) = work(invoke) {
        answer(invoke) {
            val targets = JSArray()
            Push.targets(activity).forEach {
                targets.put(
                    reply(
                        "account",
                        it.account
                    ).put("endpoint", it.endpoint).put("p256dh", it.p256dh).put("auth", it.auth)
                )
            }
            reply("targets", targets)
        }
    }

    @Command
    fun clearNotice(invoke: Invoke) = run(invoke) { Notice.clear(activity) }

    // Files

    @Command
    fun backupPlace(invoke: Invoke) = work(invoke) {
        answer(invoke) { reply("path", Files.backupPlace(activity).parent.orEmpty()) }
    }

    @Command
    fun backupChanged(invoke: Invoke) = run(invoke) { BackupManager(activity).dataChanged() }

    @Command
    fun handed(invoke: Invoke) = work(invoke) {
        answer(invoke) {
            val files = JSArray()
            handed.forEach { files.put(reply("id", it.id).put("name", it.name(others))) }
            reply("files", files)
        }
    }

    @Command
    fun readHanded(invoke: Invoke) = work(invoke) {
        answer(invoke) {
            val id = invoke.parseArgs(HandedRequest::class.java).id
            val file = handed.firstOrNull { it.id == id } ?: throw Refused(Refusal.NOT_HERE)
            content(file.read(others))
        }
    }

    @Command
    fun openFile(invoke: Invoke) = startActivityForResult(invoke, Files.opening(), "fileChosen")

    @ActivityCallback
    fun fileChosen(invoke: Invoke, result: ActivityResult) = work(invoke) {
        answer(invoke) {
            val chosen = result.data?.data?.takeIf { result.resultCode == Activity.RESULT_OK }
            val file = chosen?.let {
                reply("name", Files.name(others, it)).put("content", base64(Files.read(others, it)))
            }
            reply("file", file ?: JSONObject.NULL)
        }
    }

    @Command
    fun saveFile(invoke: Invoke) {
        val request = invoke.parseArgs(FileRequest::class.java)
        startActivityForResult(invoke, Files.saving(request.name, request.type), "placeChosen")
    }

    @ActivityCallback
    fun placeChosen(invoke: Invoke, result: ActivityResult) = work(invoke) {
        answer(invoke) {
            val chosen = result.data?.data?.takeIf { result.resultCode == Activity.RESULT_OK }
            chosen?.let {
                Files.write(others, it, bytes(invoke.parseArgs(FileRequest::class.java).content))
            }
            reply("done", chosen != null)
        }
    }

    @Command
    fun shareFile(invoke: Invoke) = run(invoke) {
        val request = invoke.parseArgs(FileRequest::class.java)
        activity.startActivity(Files.sharing(activity, request.name, request.type, bytes(request.content)))
    }

    // Answers

    /** Does something off the screen's thread. What it starts answers by itself. */
    private fun work(invoke: Invoke, act: () -> Unit) = worker.execute { refusing(invoke, act) }

    /** Does something off the screen's thread that has nothing to say. */
    private fun run(invoke: Invoke, act: () -> Unit) = work(invoke) {
        act()
        invoke.resolve()
    }

    /** Does something on the screen's thread, where calls arrive, that has nothing to say. */
    private fun onScreen(invoke: Invoke, act: () -> Unit) = activity.runOnUiThread {
        refusing(invoke) {
            act()
            invoke.resolve()
        }
    }

    private fun answer(invoke: Invoke, act: () -> JSObject) = refusing(invoke) { invoke.resolve(act()) }

    /** A refusal says its code. Whatever else goes wrong says nothing: its text could hold anything. */
    private fun refusing(invoke: Invoke, act: () -> Unit) {
        try {
            act()
        } catch (refused: Refused) {
            invoke.reject(refused.refusal.code, refused.refusal.code)
        } catch (@Suppress("TooGenericExceptionCaught") _: Exception) {
            invoke.reject(Refusal.KEYSTORE_FAILED.code, Refusal.KEYSTORE_FAILED.code)
        }
    }

    companion object {
        internal fun use(used: String): KeyUse = when (used) {
            "pop" -> KeyUse.POP
            "uv" -> KeyUse.UV
            else -> throw Refused(Refusal.SIGNING_KEY_LOST)
        }

        /** In the words of the approval protocol: both chains, or nothing where a key has none. */
        internal fun attestation(pop: List<ByteArray>, uv: List<ByteArray>): JSObject {
            if (pop.isEmpty() || uv.isEmpty()) return reply("fmt", "none")
            return reply("fmt", "android-key").put("pop_x5c", list(pop)).put("uv_x5c", list(uv)) as JSObject
        }

        private fun list(certificates: List<ByteArray>) = JSArray().apply { certificates.forEach { put(base64(it)) } }

        private fun reply(name: String, value: Any): JSObject = JSObject().put(name, value) as JSObject

        private fun content(bytes: ByteArray) = reply("content", base64(bytes))

        private fun base64(bytes: ByteArray): String = Base64.getEncoder().encodeToString(bytes)

        private fun bytes(text: String): ByteArray = Base64.getDecoder().decode(text)
    }
}
