package app.countersign.device

import java.io.File
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** Holds the real files to their lists; and for each list a file that breaks it, which has to be found. */
class RulesTest {
    private val manifest = Tree.android("src/main/AndroidManifest.xml")
    private val nothing = emptyList<String>()

    private companion object {
        const val BROWSABLE =
            "<data android:mimeType=\"text/csv\" /><category android:name=\"android.intent.category.BROWSABLE\" />"
    }

    private fun merged(app: String = manifest, more: List<String> = nothing) = Rules.Merged(
        app,
        Tree.libraries() + more
    )

    private fun planted(original: String, before: String, after: String): String {
        assertTrue(before in original, "nothing to plant at: $before")
        return original.replaceFirst(before, after)
    }

    @Test
    fun `the merged manifest asks for what is used, and for no more`() {
        assertTrue(Tree.libraries().size >= 6, "the libraries' manifests are there")
        assertEquals(nothing, Rules.manifest(merged()))
    }

    @Test
    fun `the manifest that the real build made is the same`() {
        // A pipeline that has an SDK gives it; elsewhere there is the one put together here.
        val real = System.getProperty("merged")?.takeIf { it.isNotEmpty() } ?: return
        val text = File(real).readText().replace("app.countersign.MainActivity", ".MainActivity")
        assertEquals(nothing, Rules.manifest(Rules.Merged(text, nothing)))
    }

    @Test
    fun `what is planted in a manifest is found`() {
        val open = "<application\n"
        val plants = mapOf(
            planted(manifest, open, "<uses-permission android:name=\"android.permission.READ_CONTACTS\"/>$open") to
                "asks for android.permission.READ_CONTACTS",
            planted(manifest, "android:usesCleartextTraffic=\"false\"", "android:usesCleartextTraffic=\"true\"") to
                "usesCleartextTraffic is wrong",
            planted(manifest, open, "$open android:debuggable=\"true\"") to "debuggable is wrong",
            planted(manifest, "android:dataExtractionRules=\"@xml/data_extraction_rules\"", "") to
                "dataExtractionRules is wrong",
            planted(manifest, "</intent-filter>", "<data android:scheme=\"countersign\"/></intent-filter>") to
                "takes links of countersign",
            planted(
                manifest,
                "</application>",
                "<service android:name=\".Open\" android:exported=\"true\"/></application>"
            ) to
                ".Open can be called from outside",
            planted(
                manifest,
                "</application>",
                "<receiver android:name=\".R\"><intent-filter/></receiver></application>"
            ) to
                ".R can be called from outside",
            planted(manifest, "image/*", "*/*") to "takes files of */*",
            planted(manifest, "<data android:mimeType=\"text/csv\" />", BROWSABLE) to "takes files from pages",
            planted(manifest, "<data android:scheme=\"content\" />", "") to "opens files by their paths",
            planted(manifest, "android:scheme=\"content\"", "android:scheme=\"file\"") to "takes links of file",
            planted(manifest, "android.intent.action.SEND_MULTIPLE", "android.intent.action.EDIT") to
                "cannot be shared to",
            planted(manifest, "android.intent.action.MAIN", "android.intent.action.SEND") to
                "takes files of all kinds",
            planted(manifest, " tools:node=\"remove\"", "") to "asks for android.permission.RECEIVE_BOOT_COMPLETED"
        )
        for ((text, problem) in plants) {
            assertTrue(problem in Rules.manifest(merged(text)), problem)
        }
    }

    @Test
    fun `what a library brings is found`() {
        val library = """<manifest xmlns:android="http://schemas.android.com/apk/res/android">
            <uses-permission android:name="com.google.android.gms.permission.AD_ID"/>
            <application><receiver android:name="x.Boot" android:exported="false" android:directBootAware="true"/></application>
            </manifest>"""
        val found = Rules.manifest(merged(more = listOf(library)))
        assertTrue("asks for com.google.android.gms.permission.AD_ID" in found)
        assertTrue("x.Boot can be called before the first unlock" in found)
    }

    @Test
    fun `only the sealed backup leaves the phone`() {
        val rules = Tree.resource("xml/data_extraction_rules.xml")
        val older = Tree.resource("xml/backup_rules.xml")
        assertEquals(nothing, Rules.extraction(rules))
        assertEquals(nothing, Rules.fullBackup(older))
        val everything = "<include domain=\"file\" path=\".\" />"
        assertTrue(Rules.extraction(planted(rules, "</cloud-backup>", "$everything</cloud-backup>")).isNotEmpty())
        assertTrue(Rules.extraction(planted(rules, "</device-transfer>", "$everything</device-transfer>")).isNotEmpty())
        assertTrue(
            Rules.extraction(planted(rules, "<cloud-backup>", "<!--").replace("</cloud-backup>", "-->")).isNotEmpty()
        )
        assertTrue(Rules.fullBackup(planted(older, "avlt-backup.bin", "")).isNotEmpty())
        assertTrue(Rules.fullBackup("<full-backup-content/>").isNotEmpty(), "no rule means everything")
    }

    @Test
    fun `the place of the backup is the one that the rules name`() {
        val context = org.mockito.Mockito.mock(android.content.Context::class.java)
        org.mockito.Mockito.`when`(context.filesDir).thenReturn(File("/files"))
        assertEquals("/files/backup/avlt-backup.bin", Files.backupPlace(context).path)
    }

    @Test
    fun `only the system's certificates are trusted, and nothing goes in the clear`() {
        val config = Tree.resource("xml/network_security_config.xml")
        assertEquals(nothing, Rules.network(config))
        val user = "<certificates src=\"user\" /></trust-anchors>"
        assertTrue(Rules.network(planted(config, "</trust-anchors>", user)).isNotEmpty())
        assertTrue(Rules.network(planted(config, "Permitted=\"false\"", "Permitted=\"true\"")).isNotEmpty())
        val debug = "<debug-overrides/></network-security-config>"
        assertTrue(Rules.network(planted(config, "</network-security-config>", debug)).isNotEmpty())
    }

    @Test
    fun `files are shared from one folder`() {
        val paths = Rules.elements(Rules.xml(Tree.resource("xml/file_paths.xml")).documentElement)
        assertEquals(listOf("cache-path" to "shared/"), paths.map { it.tagName to it.getAttribute("path") })
    }

    @Test
    fun `a release cannot be debugged, and runs on Android 9 and later`() {
        val gradle = Tree.android("build.gradle.kts")
        assertEquals(nothing, Rules.gradle(gradle))
        assertTrue(Rules.gradle(planted(gradle, "minSdk = 28", "minSdk = 24")).isNotEmpty())
        val debug = "getByName(\"release\") {\n isDebuggable = true"
        assertTrue(Rules.gradle(planted(gradle, "getByName(\"release\") {", debug)).isNotEmpty())
        assertTrue("minSdk = 28" in Tree.text("android/build.gradle.kts"))
    }

    @Test
    fun `the check has the versions that the build has`() {
        val (build, check) = Tree.text("android/build.gradle.kts") to Tree.text("android/check/pom.xml")
        for ((library, name) in mapOf("connector" to "connector", "embedded-fcm-distributor" to "distributor")) {
            val version = Regex("""unifiedpush.android:$library:([\d.]+)""").find(build)!!.groupValues[1]
            assertTrue("<$name.version>$version</$name.version>" in check, library)
            assertTrue("$name=$version" in Tree.text(".ci/native"), library)
        }
    }

    @Test
    fun `no Kotlin asks a person for nothing, answers in a notification, or logs`() {
        for (file in Tree.kotlin()) assertEquals(nothing, Rules.kotlin(file.readText()), file.name)
        val plants = listOf(
            "prompt.authenticate(CancellationSignal(), executor, callback)",
            "guard.createConfirmDeviceCredentialIntent(null, null)",
            "builder.addAction(action)",
            "Log.d(TAG, code)",
            "WebView.setWebContentsDebuggingEnabled(true)"
        )
        for (plant in plants) assertEquals(1, Rules.kotlin(plant).size, plant)
    }

    @Test
    fun `the window is covered before it is drawn, and touches pass the shield`() {
        val activity = Tree.android("src/main/java/app/countersign/MainActivity.kt")
        assertTrue(activity.indexOf("Shield.cover(this)") in 1 until activity.indexOf("super.onCreate"))
        for (call in listOf("Shield.refuses(event)", "Shield.coverEveryWindow(this)", "Shield.cover(webView)")) {
            assertTrue(call in activity, call)
        }
    }

    @Test
    fun `all three languages have the same texts`() {
        fun names(
            folder: String
        ) = Rules.all(Rules.xml(Tree.text("android/src/main/res/$folder/strings.xml")), "string")
            .associate { it.getAttribute("name") to it.textContent }
        val english = names("values")
        for (folder in listOf("values-sv", "values-nb")) {
            assertEquals(english.keys, names(folder).keys)
            assertTrue(names(folder).none { (name, text) -> text == english[name] && "Countersign" !in text }, folder)
        }
        assertTrue(english.values.none { '%' in it }, "a text with a place to fill in could say more")
        val locales = Rules.all(Rules.xml(Tree.resource("xml/locales_config.xml")), "locale")
        assertEquals(listOf("en", "sv", "nb"), locales.map { it.attributes.item(0).nodeValue })
        for (language in listOf("en", "sv", "nb")) {
            assertTrue("NSCameraUsageDescription" in Tree.apple("$language.lproj/InfoPlist.strings"))
            assertTrue("NSFaceIDUsageDescription" in Tree.apple("$language.lproj/InfoPlist.strings"))
            assertTrue("notice_text" in Tree.apple("$language.lproj/Localizable.strings"))
        }
    }

    @Test
    fun `the iPhone's lists say what is used, and no more`() {
        val info = Rules.plist(Tree.apple("Info.plist"))
        val rights = Rules.plist(Tree.apple("countersign-app_iOS.entitlements"))
        val privacy = Rules.plist(Tree.apple("PrivacyInfo.xcprivacy"))
        assertEquals(nothing, Rules.infoPlist(info))
        assertEquals(nothing, Rules.entitlements(rights))
        assertEquals(nothing, Rules.privacy(privacy))

        val link = mapOf("CFBundleURLTypes" to listOf(mapOf("CFBundleURLSchemes" to listOf("otpauth", "countersign"))))
        val infoPlants = listOf(
            link,
            mapOf("NSAppTransportSecurity" to mapOf("NSAllowsArbitraryLoads" to true)),
            mapOf("NSContactsUsageDescription" to "?"),
            mapOf("UIBackgroundModes" to listOf("fetch")),
            mapOf("UIFileSharingEnabled" to true),
            mapOf("LSSupportsOpeningDocumentsInPlace" to true),
            mapOf("CFBundleDocumentTypes" to emptyList<Any>()),
            mapOf(
                "CFBundleDocumentTypes" to
                    listOf(mapOf("LSItemContentTypes" to listOf("public.data"), "LSHandlerRank" to "Owner"))
            )
        )
        for (plant in infoPlants) assertEquals(1, Rules.infoPlist(info + plant).size, plant.toString())
        assertEquals(1, Rules.entitlements(rights + ("com.apple.developer.associated-domains" to listOf("x"))).size)
        assertEquals(1, Rules.entitlements(rights - "keychain-access-groups").size)
        assertEquals(1, Rules.entitlements(rights + ("aps-environment" to "development")).size)
        assertEquals(1, Rules.privacy(privacy + ("NSPrivacyTracking" to true)).size)
    }

    @Test
    fun `the project for Xcode repeats what the lists say`() {
        val project = Tree.text("src-tauri/gen/apple/project.yml")
        for (key in Rules.plist(
            Tree.apple("countersign-app_iOS.entitlements")
        ).keys) {
            assertTrue("$key:" in project, key)
        }
        val ours = Rules.plist(Tree.apple("Info.plist")).keys.filter { !it.startsWith("CFBundle") }
        for (key in ours) assertTrue("$key:" in project, key)
        assertTrue("CFBundleURLSchemes: [otpauth]" in project)
        assertTrue("LSItemContentTypes: [public.data]" in project)
    }

    @Test
    fun `what opens files is what stands here, and the build adds nothing to it`() {
        for (system in listOf("android", "ios")) {
            val config = Tree.text("src-tauri/tauri.$system.conf.json")
            assertTrue(Regex(""""fileAssociations": \[]""").containsMatchIn(config), system)
        }
    }

    @Test
    fun `the stores take the texts, in all three languages`() {
        val most = mapOf(
            "title" to 30,
            "short_description" to 80,
            "full_description" to 4000,
            "name" to 30,
            "subtitle" to 30,
            "keywords" to 100,
            "description" to 4000
        )
        val texts = File(Tree.root, "fastlane/metadata").walk().filter { it.extension == "txt" }.toList()
        for ((name, length) in most) {
            val found = texts.filter { it.nameWithoutExtension == name }
            assertEquals(3, found.size, name)
            for (file in found) assertTrue(file.readText().trim().length in 1..length, file.path)
        }
    }
}
