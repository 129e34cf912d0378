package app.countersign.device

import java.io.File
import java.io.StringReader
import javax.xml.parsers.DocumentBuilderFactory
import org.w3c.dom.Document
import org.w3c.dom.Element
import org.w3c.dom.Node
import org.xml.sax.InputSource

/** What manifests, rules and property lists may say. Each function lists what is wrong; nothing is right. */
object Rules {
    private const val ANDROID = "http://schemas.android.com/apk/res/android"
    private const val TOOLS = "http://schemas.android.com/tools"
    private val SEND = listOf("android.intent.action.SEND", "android.intent.action.SEND_MULTIPLE")
    private const val VIEW = "android.intent.action.VIEW"
    private const val BROWSABLE = "android.intent.category.BROWSABLE"
    private val componentKinds = setOf("activity", "activity-alias", "service", "receiver", "provider")

    /** What the app uses; the last is the UnifiedPush connector's. */
    val permissions = setOf(
        "INTERNET",
        "CAMERA",
        "POST_NOTIFICATIONS",
        "USE_BIOMETRIC",
        "HIDE_OVERLAY_WINDOWS",
        "WAKE_LOCK"
    ).map { "android.permission.$it" }.toSet()

    /** What other apps export their accounts as, and what pictures are. */
    val files = setOf("json", "octet-stream", "vnd.sqlite3", "x-sqlite3", "xml", "zip").map { "application/$it" } +
        setOf("comma-separated-values", "csv", "plain", "xml").map { "text/$it" } + "image/*"

    /** Who may be called from outside: the window, and those that distributors of wake-ups call. */
    val exported = setOf(
        ".MainActivity",
        "org.unifiedpush.android.connector.internal.MessagingReceiverImpl",
        "org.unifiedpush.android.connector.internal.RaiseToForegroundService",
        "org.unifiedpush.android.embedded_fcm_distributor.impl.FirebaseReceiver"
    )

    /** The app's manifest with its libraries', as the build puts them together. */
    class Merged(app: String, libraries: List<String>) {
        private val documents = (libraries + app).map(::xml)
        private val removed = documents.flatMap { all(it, "*") }.filter { tools(it, "node") == "remove" }
            .map { it.tagName to android(it, "name") }.toSet()
        private val elements = documents.flatMap {
            all(it, "*")
        }.filter { it.tagName to android(it, "name") !in removed }
        val application = all(documents.last(), "application").single()

        fun named(tag: String) = elements.filter { it.tagName == tag }
        fun components() = elements.filter { it.tagName in componentKinds }
    }

    fun manifest(merged: Merged): List<String> = permissionsOf(merged) + filtersOf(merged) + componentsOf(merged) +
        applicationOf(merged.application)

    private fun permissionsOf(merged: Merged): List<String> {
        val asked = merged.named("uses-permission") + merged.named("uses-permission-sdk-23")
        val names = asked.map { android(it, "name") }.toSet()
        return (names - permissions).map { "asks for $it" } + (permissions - names).map { "does not ask for $it" }
    }

    /** Links of one scheme, and files that another app has in hand: never those that a page names. */
    private fun filtersOf(merged: Merged): List<String> {
        val filters = merged.named("intent-filter")
        val isSharedTo = filters.any { SEND.all(it.named("action")::contains) }
        return filters.flatMap(::filter) + listOf("cannot be shared to").filterNot { isSharedTo }
    }

    private fun filter(filter: Element): List<String> {
        val (actions, categories) = filter.named("action") to filter.named("category")
        val data = children(filter, "data")
        val schemes = data.map { android(it, "scheme") }.filter { it.isNotEmpty() }
        val types = data.map { android(it, "mimeType") }.filter { it.isNotEmpty() }
        val opens = types.isNotEmpty() && VIEW in actions
        return (schemes - if (types.isEmpty()) "otpauth" else "content").map { "takes links of $it" } +
            (types - files).map { "takes files of $it" } +
            listOfNotNull(
                "takes files from pages".takeIf { types.isNotEmpty() && BROWSABLE in categories },
                "takes files of all kinds".takeIf { types.isEmpty() && SEND.any { it in actions } },
                "opens files by their paths".takeIf { opens && schemes != listOf("content") }
            )
    }

    private fun Element.named(tag: String) = children(this, tag).map { android(it, "name") }

    private fun componentsOf(merged: Merged): List<String> = merged.components().flatMap {
        val name = android(it, "name")
        val isExported = android(it, "exported") == "true" ||
            (android(it, "exported").isEmpty() && children(it, "intent-filter").isNotEmpty())
        listOfNotNull(
            "$name can be called from outside".takeIf { isExported && name !in exported },
            "$name can be called before the first unlock".takeIf { _ -> android(it, "directBootAware") == "true" }
        )
    }

    private fun applicationOf(application: Element): List<String> {
        val wanted = mapOf(
            "allowBackup" to "true",
            "dataExtractionRules" to "@xml/data_extraction_rules",
            "fullBackupContent" to "@xml/backup_rules",
            "networkSecurityConfig" to "@xml/network_security_config",
            "usesCleartextTraffic" to "false",
            "localeConfig" to "@xml/locales_config",
            "debuggable" to "",
            "testOnly" to "",
            "backupAgent" to "",
            "hasFragileUserData" to "",
            "requestLegacyExternalStorage" to ""
        )
        return wanted.filter { (name, value) ->
            android(application, name) != value
        }.map { (name, _) -> "$name is wrong" }
    }

    /** Exactly the sealed backup goes to the cloud and to another phone. */
    fun extraction(rules: String): List<String> {
        val root = xml(rules).documentElement
        val parts = listOf("cloud-backup", "device-transfer")
        return parts.flatMap { part -> children(root, part).singleOrNull()?.let(::included) ?: listOf("no $part") } +
            elements(root).filter { it.tagName !in parts }.map { "${it.tagName} is new" }
    }

    fun fullBackup(rules: String): List<String> = included(xml(rules).documentElement)

    private fun included(section: Element): List<String> {
        val entries = elements(section).map {
            Triple(it.tagName, it.getAttribute("domain"), it.getAttribute("path"))
        }
        val only = listOf(Triple("include", "file", "backup/avlt-backup.bin"))
        return if (entries == only) emptyList() else listOf("${section.tagName} lets out $entries")
    }

    /** No cleartext, and nobody's certificates but the system's. */
    fun network(config: String): List<String> {
        val document = xml(config)
        val sources = all(document, "certificates").map { it.getAttribute("src") }
        val extra = elements(document.documentElement).map { it.tagName } - "base-config"
        val clear = all(document, "base-config").single().getAttribute("cleartextTrafficPermitted")
        return listOfNotNull(
            "trusts $sources".takeIf { sources != listOf("system") },
            "has $extra".takeIf { extra.isNotEmpty() },
            "cleartext is not refused".takeIf { clear != "false" }
        )
    }

    /** What stands in the app's Gradle file and would show only in a build. */
    fun gradle(app: String): List<String> {
        val release = app.substringAfter("getByName(\"release\")").substringBefore("compileOptions")
        val minSdk = Regex("""minSdk = (\d+)""").find(app)?.groupValues?.get(1)?.toInt() ?: 0
        return listOfNotNull(
            "minSdk is below 28".takeIf { minSdk < 28 },
            "a release can be debugged".takeIf { "isDebuggable" in release || "isJniDebuggable" in release },
            "cleartext by build type".takeIf { "usesCleartextTraffic" in app }
        )
    }

    /** Kotlin that may not be: a question that no key depends on, an answer in a notification, a log. */
    fun kotlin(source: String): List<String> = listOfNotNull(
        "authenticates without a key".takeIf { Regex("""\.authenticate\((?!crypto,)""").containsMatchIn(source) },
        "asks for the screen lock alone".takeIf { "createConfirmDeviceCredentialIntent" in source },
        "a notification with actions".takeIf { Regex("""addAction|setActions|RemoteInput""").containsMatchIn(source) },
        "logs".takeIf { Regex("""\bLog\.|Logger\.|println\(|printStackTrace""").containsMatchIn(source) },
        "debugs the web view".takeIf { "setWebContentsDebuggingEnabled" in source }
    )

    /** What the system asks for the app, which links it takes, what it does in the background. */
    fun infoPlist(plist: Map<String, Any>): List<String> {
        val reasons = plist.keys.filter { it.endsWith("UsageDescription") }.toSet()
        val schemes = (plist["CFBundleURLTypes"] as? List<*>).orEmpty()
            .flatMap { (it as Map<*, *>)["CFBundleURLSchemes"] as List<*> }
        val documents = (plist["CFBundleDocumentTypes"] as? List<*>).orEmpty().map { it as Map<*, *> }
        val containers = (plist["NSUbiquitousContainers"] as? Map<*, *>).orEmpty().values.map { it as Map<*, *> }
        return listOfNotNull(
            "asks for $reasons".takeIf { reasons != setOf("NSCameraUsageDescription", "NSFaceIDUsageDescription") },
            "takes links of $schemes".takeIf { schemes != listOf("otpauth") },
            "takes other files than documents".takeIf {
                documents.flatMap { it["LSItemContentTypes"] as List<*> } != listOf("public.data")
            },
            "wants files to itself".takeIf { documents.any { it["LSHandlerRank"] != "Alternate" } },
            "weakens transport security".takeIf { "NSAppTransportSecurity" in plist },
            "shows its files".takeIf {
                plist["UIFileSharingEnabled"] == true ||
                    plist["LSSupportsOpeningDocumentsInPlace"] != false
            },
            "shows its cloud folder".takeIf {
                containers.any { it["NSUbiquitousContainerIsDocumentScopePublic"] != false }
            },
            "runs in the background".takeIf { "UIBackgroundModes" in plist },
            "speaks ${plist["CFBundleLocalizations"]}".takeIf {
                plist["CFBundleLocalizations"] !=
                    listOf("en", "sv", "nb")
            }
        )
    }

    fun entitlements(plist: Map<String, Any>): List<String> {
        val wanted = mapOf(
            "aps-environment" to "production",
            "com.apple.developer.devicecheck.appattest-environment" to "production",
            "com.apple.developer.icloud-container-identifiers" to listOf("iCloud.app.countersign"),
            "com.apple.developer.icloud-services" to listOf("CloudDocuments"),
            "com.apple.developer.ubiquity-container-identifiers" to listOf("iCloud.app.countersign"),
            "keychain-access-groups" to listOf("\$(AppIdentifierPrefix)app.countersign")
        )
        return (plist.keys + wanted.keys).filter { plist[it] != wanted[it] }.map { "$it is ${plist[it]}" }
    }

    fun privacy(plist: Map<String, Any>): List<String> = listOfNotNull(
        "tracks".takeIf { plist["NSPrivacyTracking"] != false },
        "names who tracks".takeIf { plist["NSPrivacyTrackingDomains"] != emptyList<Any>() },
        "collects".takeIf { plist["NSPrivacyCollectedDataTypes"] != emptyList<Any>() }
    ) + (plist["NSPrivacyAccessedAPITypes"] as List<*>).map { it as Map<*, *> }
        .filter { (it["NSPrivacyAccessedAPITypeReasons"] as? List<*>).isNullOrEmpty() }.map { "no reason for $it" }

    /** A property list in its XML form. */
    fun plist(text: String): Map<String, Any> {
        @Suppress("UNCHECKED_CAST")
        return value(elements(xml(text).documentElement).single()) as Map<String, Any>
    }

    private fun value(element: Element): Any = when (element.tagName) {
        "dict" -> elements(element).chunked(2).associate { (key, value) -> key.textContent to value(value) }
        "array" -> elements(element).map(::value)
        "true" -> true
        "false" -> false
        "string" -> element.textContent
        else -> error("a ${element.tagName} is not expected")
    }

    fun xml(text: String): Document = DocumentBuilderFactory.newInstance().run {
        isNamespaceAware = true
        newDocumentBuilder().run {
            // Nothing is fetched to read a file.
            setEntityResolver { _, _ -> InputSource(StringReader("")) }
            parse(InputSource(StringReader(text)))
        }
    }

    fun all(document: Document, tag: String): List<Element> = list(document.getElementsByTagName(tag))
    fun elements(parent: Element): List<Element> = list(parent.childNodes)
    private fun children(parent: Element, tag: String) = elements(parent).filter { it.tagName == tag }
    private fun android(element: Element, name: String): String = element.getAttributeNS(ANDROID, name)
    private fun tools(element: Element, name: String): String = element.getAttributeNS(TOOLS, name)
    private fun list(nodes: org.w3c.dom.NodeList): List<Element> =
        (0 until nodes.length).map { nodes.item(it) }.filter { it.nodeType == Node.ELEMENT_NODE }.map { it as Element }
}

/** The files of this repository. */
object Tree {
    val root = File(System.getProperty("root"))
    private val app = File(root, "src-tauri/gen/android/app")
    private val apple = File(root, "src-tauri/gen/apple/countersign-app_iOS")

    fun text(path: String): String = File(root, path).readText()
    fun android(path: String): String = File(app, path).readText()
    fun resource(path: String): String = android("src/main/res/$path")
    fun apple(path: String): String = File(apple, path).readText()
    fun libraries(): List<String> = File(System.getProperty("libraries")).listFiles()!!.sorted().map { it.readText() } +
        text("android/src/main/AndroidManifest.xml")

    fun kotlin(): List<File> = File(root, "android/src/main/java").walk().filter { it.extension == "kt" }.toList() +
        File(app, "src/main/java/app/countersign/MainActivity.kt")
}
