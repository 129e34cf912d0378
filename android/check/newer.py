"""Lists what the compiled Kotlin uses of Android that Android 9, the oldest it runs on, does not have. The compiler cannot
say: it sees the newest framework. What is listed here stands behind a look at the version; anything else would end the
app on an older phone. The list has to fit exactly, so that a search that finds nothing is not taken for an answer.

    newer.py CLASSES OLD_FRAMEWORK_JAR
"""

import re
import subprocess
import sys
from pathlib import Path

GUARDED = {
    "android/hardware/biometrics/BiometricPrompt$Builder.setAllowedAuthenticators",
    "android/security/keystore/KeyGenParameterSpec$Builder.setUserAuthenticationParameters",
    "android/security/keystore/KeyInfo.getSecurityLevel",
    "android/view/Window.setHideOverlayWindows",
    "android/view/inspector/WindowInspector.getGlobalWindowViews",
    "android/webkit/WebView.setImportantForContentCapture",
}
REFERENCE = re.compile(r"= (?:Interface)?(?:Method|Field)ref\s+\S+\s+// \"?(android/[\w/$]+)\"?\.\"?([\w<>$]+)\"?:(\S+)")


def javap(*arguments):
    ran = subprocess.run(["javap", *arguments], capture_output=True, text=True, check=False)
    return ran.stdout


def used(classes):
    """The members of Android's classes that these classes name: class, name, type."""
    return set(REFERENCE.findall(javap("-v", "-p", *map(str, classes))))


class Framework:
    """Classes of one version of Android, with what each has and takes over."""

    def __init__(self, jar, names):
        self.classes = {}
        while names := {name for name in names if name.startswith(("android/", "java/"))} - self.classes.keys():
            listed = javap("-s", "-p", "-cp", jar, *(name.replace("/", ".") for name in sorted(names)))
            self.classes |= dict.fromkeys(names)
            for text in re.split(r"^Compiled from .*$", listed, flags=re.MULTILINE):
                self.read(text)
            names = {over for known in self.classes.values() if known for over in known[0]}

    def read(self, text):
        head = re.search(r"(?:class|interface) ([\w.$]+)(.*?)\{", text, flags=re.DOTALL)
        if not head:
            return
        name = head[1].replace(".", "/")
        above = {found.replace(".", "/") for found in re.findall(r"[\w.$]+\.[\w.$]+", re.sub(r"<.*?>", "", head[2]))}
        members = set()
        for shown, kind in re.findall(r"^\s+(.*);\n\s+descriptor: (\S+)$", text, flags=re.MULTILINE):
            member = re.sub(r"\(.*", "", shown).split()[-1]
            members.add(("<init>" if "(" in shown and "." in member else member, kind))
        self.classes[name] = (above, members)

    def has(self, name, member, kind):
        known = self.classes.get(name)
        return known is not None and (
            (member, kind) in known[1] or any(self.has(over, member, kind) for over in known[0])
        )


def main():
    classes, jar = Path(sys.argv[1]), sys.argv[2]
    members = used(sorted([*classes.glob("app/countersign/device/*.class"), *classes.glob("app/countersign/MainActivity*.class")]))
    old = Framework(jar, {name for name, _, _ in members})
    newer = {f"{name}.{member}" for name, member, kind in members if not old.has(name, member, kind)}
    for found in sorted(newer - GUARDED):
        print(f"{found} is newer than Android 9, and stands in no list of what is guarded")
    for missing in sorted(GUARDED - newer):
        print(f"{missing} is in the list, and nothing uses it or Android 9 has it")
    print(f"{len(members)} members of Android are used, {len(newer)} of them newer than Android 9")
    sys.exit(newer != GUARDED)


main()
