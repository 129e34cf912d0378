use std::fs;

use super::*;

const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const ISSUER: &str = "issuer = \"https://signin.example.org\"\n";

/// The file's text, with the secret given.
fn read(text: &str, variables: &[(&str, &str)]) -> Result<Settings, ConfigRefused> {
    let secret = ("COUNTERSIGN_SECRET", SECRET);
    // Otherwise a folder is made for the default one.
    let database = ("COUNTERSIGN_DATABASE_URL", "postgres://localhost/countersign");
    let all = [secret, database].into_iter().chain(variables.iter().copied());
    file::settings(text, all.map(|(name, value)| (name.to_owned(), value.to_owned())), false)
}

fn refused(text: &str, variables: &[(&str, &str)]) -> String {
    read(text, variables).expect_err("is refused").to_string()
}

#[test]
fn an_issuer_is_enough() {
    let settings = read(ISSUER, &[]).expect("is understood");
    assert_eq!(settings.service.issuer.as_str(), "https://signin.example.org");
    assert_eq!(settings.service.name, "signin.example.org");
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8430");
    assert_eq!(settings.service.limits, Limits::default());
    assert_eq!(settings.push.expect("pushes by default").contact, "https://signin.example.org");
    assert!(settings.mail.is_none() && settings.tls.is_none() && settings.service.metrics.is_none());
    assert!(!settings.service.demo && !settings.service.private_push && !settings.log.json);
    assert!(settings.service.visitors.trusted_proxies.is_empty());
}

#[test]
fn everything_that_can_be_set_is_understood() {
    let text = r#"
        issuer = "https://signin.example.org"
        name = "Contoso Sign-in"
        listen = "0.0.0.0:443"
        trusted_proxies = ["10.0.0.0/8", "::1"]
        [database]
        url = "postgres://signin:pw@db.example.org/signin"
        connections = 50
        [tls]
        certificate = "cert.pem"
        key = "key.pem"
        [mail]
        host = "mail.example.org"
        security = "tls"
        user = "signin"
        password = "correct horse"
        from = "Contoso <signin@example.org>"
        [push]
        contact = "mailto:it@example.org"
        [metrics]
        enabled = true
        token = "0123456789abcdef"
        [log]
        format = "json"
        level = "warn,sign_in=debug"
        [limits]
        pending = 3
        long_poll_secs = 50
    "#;
    let settings = file::settings(text, [("COUNTERSIGN_SECRET".to_owned(), SECRET.to_owned())], false)
        .expect("is understood");
    let mail = settings.mail.expect("a mail server");
    assert_eq!((mail.port, mail.security), (465, MailSecurity::Tls));
    assert_eq!((settings.service.limits.pending, settings.service.limits.long_poll_secs), (3, 50));
    assert_eq!(settings.service.visitors.trusted_proxies.len(), 2);
    assert!(settings.log.json && settings.tls.is_some() && settings.service.metrics.is_some());
}

#[test]
fn the_environment_comes_before_the_file() {
    let settings = read(
        "issuer = \"https://one.example.org\"\n[mail]\nhost = \"one\"\nfrom = \"a@b.example\"\n[limits]\npending = 1\n",
        &[
            ("COUNTERSIGN_ISSUER", "https://two.example.org"),
            ("COUNTERSIGN_MAIL_HOST", "two"),
            ("COUNTERSIGN_LIMITS_PENDING", "4"),
            ("COUNTERSIGN_PUSH_ENABLED", "false"),
            ("COUNTERSIGN_TRUSTED_PROXIES", "10.0.0.0/8, 192.168.0.1"),
            ("COUNTERSIGN_RUN", "of the scripts"),
            ("COUNTERSIGN_TEST_POSTGRES", "of the scripts"),
            ("OTHER", "x"),
        ],
    )
    .expect("is understood");
    assert_eq!(settings.service.issuer.as_str(), "https://two.example.org");
    assert_eq!(settings.mail.expect("a mail server").host, "two");
    assert_eq!(settings.service.limits.pending, 4);
    assert!(settings.push.is_none());
    assert_eq!(settings.service.visitors.trusted_proxies.len(), 2);
}

#[test]
fn what_is_misspelt_or_cannot_work_is_refused_with_what_to_do() {
    for (text, said) in [
        ("", "issuer is missing: the address that browsers and apps use, such as https://signin.example.org"),
        ("issuer = \"http://signin.example.org\"", "issuer does not work: it has to be an https address"),
        ("issuer = \"https://a.example/path\"", "issuer does not work"),
        ("isuer = \"https://a.example\"", "line 1 of the configuration file: unknown field `isuer`"),
        (
            "issuer = \"https://a.example\"\n\n[mail]\nhots = \"x\"",
            "line 4 of the configuration file: unknown field `hots`",
        ),
        ("issuer = \"https://a.example\"\nlisten = \"8430\"", "listen does not work"),
        ("issuer = \"https://a.example\"\n[mail]\nhost = \"x\"", "mail.from is missing"),
        ("issuer = \"https://a.example\"\n[mail]\nfrom = \"a@b.example\"", "mail.host is missing"),
        ("issuer = \"https://a.example\"\n[mail]\nfrom = \"a\"\nhost = \"x\"", "mail.from does not work"),
        (
            "issuer = \"https://a.example\"\n[mail]\nhost=\"x\"\nfrom=\"a@b.example\"\nuser=\"u\"\npassword=\"p\"\nsecurity=\"none\"",
            "a password is not sent in the clear",
        ),
        ("issuer = \"https://a.example\"\n[tls]\nkey = \"k\"", "tls.certificate is missing"),
        ("issuer = \"https://a.example\"\ntrusted_proxies = [\"0.0.0.0/0\"]", "not everybody"),
        ("issuer = \"https://a.example\"\ntrusted_proxies = [\"proxy\"]", "trusted_proxies does not work"),
        ("issuer = \"https://a.example\"\ngeoip = \"/nowhere.mmdb\"", "geoip does not work"),
        ("issuer = \"https://a.example\"\n[metrics]\nenabled = true", "metrics.token is missing"),
        (
            "issuer = \"https://a.example\"\n[metrics]\nenabled = true\ntoken = \"short\"",
            "at least 16 characters",
        ),
        ("issuer = \"https://a.example\"\n[log]\nformat = \"xml\"", "text or json"),
        (
            "issuer = \"https://a.example\"\n[push]\ncontact = \"it@example.org\"",
            "push.contact does not work",
        ),
        ("issuer = \"https://a.example\"\nname = \"\\u0007\"", "name does not work"),
    ] {
        let refused = refused(text, &[]);
        assert!(refused.contains(said), "{text}\nsays: {refused}");
    }
    for (name, value, said) in [
        ("COUNTERSIGN_ISUER", "x", "COUNTERSIGN_ISUER is not known"),
        ("COUNTERSIGN_MAIL_PORT", "smtp", "COUNTERSIGN_MAIL_PORT has to be a number"),
        ("COUNTERSIGN_PUSH_ENABLED", "yes", "COUNTERSIGN_PUSH_ENABLED has to be true or false"),
        ("COUNTERSIGN_SECRET", "short", "COUNTERSIGN_SECRET is not 32 bytes in Base64"),
        ("COUNTERSIGN_DATABASE_URL", "mysql://x", "database.url does not work"),
    ] {
        let refused = refused(ISSUER, &[(name, value)]);
        assert!(refused.contains(said), "{name}\nsays: {refused}");
    }
}

#[test]
fn limits_stay_where_the_protocol_still_holds() {
    for (name, least, most) in [
        ("pending", 1, 4),
        ("unanswered", 1, 5),
        ("wakes_a_minute", 1, 10),
        ("wakes_a_day", 3, 50),
        ("mismatches", 3, 5),
        ("totp_window", 0, 1),
        ("totp_a_day", 5, 20),
        ("pass_tries", 3, 5),
        ("long_poll_secs", 1, 55),
    ] {
        let with = |number: i64| read(&format!("{ISSUER}[limits]\n{name} = {number}\n"), &[]).is_ok();
        assert!(with(least) && with(most), "{name}");
        assert!(!with(least - 1) && !with(most + 1), "{name}");
    }
    assert!(refused(&format!("{ISSUER}[limits]\nauthenticators = 9\n"), &[]).contains("unknown field"));
}

#[test]
fn no_secret_is_in_a_debug_text_or_a_mistake() {
    const SENTINEL: &str = "sentinel-0123456789";
    let text = format!(
        "{ISSUER}[database]\nurl = \"postgres://u:{SENTINEL}@h/d\"\n[mail]\nhost = \"h\"\nfrom = \"a@b.example\"\nuser = \"u\"\n\
         password = \"{SENTINEL}\"\n[metrics]\nenabled = true\ntoken = \"{SENTINEL}\"\n"
    );
    let settings = file::settings(&text, [("COUNTERSIGN_SECRET".to_owned(), SECRET.to_owned())], false);
    let shown = format!("{:?}", settings.expect("is understood"));
    assert!(!shown.contains(SENTINEL) && !shown.contains(SECRET), "{shown}");

    for text in [
        "issuer = \"https://a.example\"\n[mail]\npassword = 7777777\n".to_owned(),
        "issuer = \"https://a.example\"\n[mail]\npassword = 7777777.5\n".to_owned(),
        "issuer = \"https://a.example\"\n[mail]\npassword = [\"7777777\"]\n".to_owned(),
        "issuer = \"https://a.example\"\n[mail]\npassword = 7777777\nuser\n".to_owned(),
        "issuer = \"https://a.example\"\n[database]\nurl = \"7777777".to_owned(),
        "issuer = \"https://a.example\"\nsecret = \"7777777\"\n".to_owned(),
    ] {
        let refused = refused(&text, &[]);
        assert!(!refused.contains("7777777"), "{refused}");
    }
    assert!(!refused(ISSUER, &[("COUNTERSIGN_SECRET", "7777777")]).contains("7777777"));
    assert!(!refused(ISSUER, &[("COUNTERSIGN_DATABASE_URL", "7777777")]).contains("7777777"));
}

/// Without a variable for the secret or the database.
fn read_in(folder: &Path, more: &str) -> Result<Settings, ConfigRefused> {
    file::settings(&format!("{ISSUER}data = \"{}\"\n{more}", folder.display()), [], false)
}

#[test]
fn an_embedded_database_gets_a_secret_once() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let data = folder.path().join("data");
    let first = read_in(&data, "").expect("makes one");
    let path = data.join("service.secret");
    let kept = fs::read_to_string(&path).expect("is there");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).expect("is there").permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&data)), (0o600, 0o700));
    }
    let second = read_in(&data, "").expect("finds it");
    assert!(first.service.secret.ct_eq(&second.service.secret));
    assert_eq!(kept, fs::read_to_string(&path).expect("is there"));
    assert_eq!(fs::read_dir(&data).expect("is there").count(), 1, "no draft is left");

    // The database is there, and what it holds is sealed under the secret that is not.
    fs::write(data.join("countersign.db"), "").expect("is written");
    fs::remove_file(&path).expect("is removed");
    assert!(matches!(read_in(&data, ""), Err(ConfigRefused::Secret(SecretRefused::NotThere { .. }))));
    assert!(!path.exists());
}

#[test]
fn a_shared_database_never_gets_a_secret_made_up() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let postgres = "[database]\nurl = \"postgres://localhost/countersign\"\n";
    assert!(matches!(read_in(folder.path(), postgres), Err(ConfigRefused::Secret(SecretRefused::Needed))));
    let file = folder.path().join("the.secret");
    let named = format!("secret_file = \"{}\"\n{postgres}", file.display());
    assert!(matches!(
        read_in(folder.path(), &named),
        Err(ConfigRefused::Secret(SecretRefused::NotThere { .. }))
    ));
    fs::write(&file, SECRET).expect("is written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let allow = |mode| fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("is allowed");
        allow(0o644);
        assert!(matches!(
            read_in(folder.path(), &named),
            Err(ConfigRefused::Secret(SecretRefused::OpenToAll { .. }))
        ));
        allow(0o640);
    }
    assert!(read_in(folder.path(), &named).is_ok());
    fs::write(&file, "AAEC").expect("is written");
    assert!(matches!(
        read_in(folder.path(), &named),
        Err(ConfigRefused::Secret(SecretRefused::Damaged { .. }))
    ));
}

#[test]
fn a_demonstration_needs_no_file() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let variables = [("COUNTERSIGN_DATA".to_owned(), folder.path().display().to_string())];
    let settings = file::settings("", variables, true).expect("is understood");
    assert!(settings.service.demo);
    assert_eq!(settings.service.issuer.as_str(), "http://localhost:8430");
}

#[test]
fn every_setting_has_a_variable() {
    file::tests::names_are_those_of_the_file();
}
