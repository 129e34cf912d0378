//! A snapshot of everything that is sent: a change here is a change of the protocol. Signatures are random,
//! so that of signed messages it is what they say.

use serde_json::json;

use super::*;
use crate::approval::activation::{
    self, ActivationLink, Attestation, AttestationPolicy, Begin, Begun, BegunAccount, BegunService,
    Completed, Completion, Handle, ManualCode, Policy, Seed,
};
use crate::approval::answer::{Reason, SignWith, UvMethod};
use crate::approval::challenge::{self, Context, Place, Proximity, Question, Scan, UvPolicy};
use crate::approval::grant::{GrantBegin, GrantBegun, GrantPoll, GrantState, GrantStatus, UserCode};
use crate::approval::limit::ChallengeLife;
use crate::approval::proof::{self, Call};
use crate::approval::rotation::{self, Rotation, key_list};
use crate::approval::state::{Purpose, TransactionState};
use crate::approval::wire::{
    self, Activity, ActivityList, AppVersion, ChallengeList, DeviceAbout, Discovery, Platform,
    PushSubscription, Receipt,
};
use crate::seal::sign::Unsigned;
use crate::secret::SecretText;

fn says(unsigned: &Unsigned) -> Value {
    message(str::from_utf8(unsigned.signing_input()).expect("ASCII"))
}

fn message(jws: &str) -> Value {
    let (header, claims) = parts(jws);
    json!({ "header": header, "claims": claims })
}

fn body(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("JSON")
}

macro_rules! form {
    ($name:literal, $value:expr) => {
        insta::assert_snapshot!($name, serde_json::to_string_pretty(&$value).expect("writes"))
    };
}

fn context() -> Context {
    Context {
        app: Some("Payroll".into()),
        loc: Some(Place {
            label: "Lisbon, Portugal".into(),
            cc: Some("PT".into()),
            src: Some("geoip".into()),
        }),
        ip: Some("203.0.113.24".into()),
        client: Some("Edge 143 on Windows 11".into()),
        time: Some(1_790_000_100),
        unfamiliar: Some(false),
        proximity: Some(Proximity::Near),
    }
}

#[test]
fn the_challenge() {
    let transaction = TransactionId::try_from("txn_Zk3u0o1mQ4mU2rVb8gq5Yw").expect("an id");
    let (issuer, account, device) = (issuer(), account_id(), device_id());
    let question = |scan, context| Question {
        issuer: &issuer,
        account: &account,
        device: &device,
        transaction: &transaction,
        purpose: Purpose::Signin,
        match_len: MatchLen::Two,
        scan: if scan { Scan::Familiar } else { Scan::Never },
        uv: UvPolicy::Required,
        context,
        others_pending: 0,
        life: ChallengeLife::DEFAULT,
    };
    let now = UnixTime::from_secs(1_790_000_100);
    let made = |scan, context| {
        let issued = challenge::make(question(scan, context), &private("service"), now, &mut rng(1));
        message(issued.expect("makes").jws())
    };
    form!("challenge", made(false, context()));
    form!("challenge_that_may_be_scanned", made(true, context()));
    form!("challenge_of_which_nothing_is_known", made(false, Context::default()));
    // The vectors' own, but for its nonce.
    for (scan, vector) in [(false, vector("challenge_jws")), (true, scan::vector("challenge_jws"))] {
        let (_, mut vector) = parts(&vector);
        let mut ours = made(scan, context())["claims"].clone();
        assert_ne!(ours["nonce"], vector["nonce"]);
        for claims in [&mut ours, &mut vector] {
            claims["nonce"] = json!("");
        }
        assert_eq!(ours, vector);
    }
}

#[test]
fn the_answers() {
    let said_to = |challenge, decision, with| {
        let verified = Received::new(challenge).verify(&registration(), NOW).expect("verifies");
        let answer = verified.answer(decision, with, "1.0.0", NOW, &mut rng(1)).expect("answers");
        message(str::from_utf8(answer.signing_input()).expect("ASCII"))
    };
    let said = |decision, with| said_to(vector("challenge_jws"), decision, with);
    form!("answer_approve", said(approve("47"), SignWith::Uv(UvMethod::Biometric)));
    let link = ApproveLink::parse(&scan::vector("approve_qr")).expect("a link");
    let scanned = Decision::Approve(Match::Scan(link));
    form!(
        "answer_approve_scanned",
        said_to(scan::vector("challenge_jws"), scanned, SignWith::Uv(UvMethod::Biometric))
    );
    form!("answer_deny", said(Decision::Deny(Some(Reason::Cancelled)), SignWith::Pop));
    form!("answer_report", said(Decision::Report(Some(Reason::NotMe)), SignWith::Pop));
    form!("receipt", Receipt { status: TransactionState::Approved });
}

#[test]
fn the_transport_proof() {
    let call = Call { method: "POST", url: "https://signin.example.org/approval/v1/device?x", body: b"{}" };
    let made = |call| says(&proof::make(call, "n-7fK2", &public("pop"), NOW, &mut rng(1)).expect("makes"));
    form!("proof", made(call));
    form!("proof_without_a_body", made(Call { method: "GET", body: b"", ..call }));
}

#[test]
fn the_activation() {
    let code = ActivationLink::parse(&vector("activation_qr")).expect("a link").code;
    form!("begin_scanned", body(Begin::Scanned(code).to_json().expose().as_bytes()));
    let (handle, code) = (Handle::parse("7KQ2MX").expect("a handle"), ManualCode::parse("K7QF2M9XTD"));
    let typed = Begin::Typed { handle, code: code.expect("a code") };
    form!("begin_typed", body(typed.to_json().expose().as_bytes()));

    let challenge = Nonce::make(&mut rng(2));
    let activation_id = ActivationId::try_from("act_51c2").expect("an id");
    let begun = Begun {
        activation_id: activation_id.clone(),
        attestation_challenge: challenge.clone(),
        dpop_nonce: "n-7fK2".into(),
        expires_in: 540,
        account: BegunAccount {
            id: account_id(),
            username: "alice@contoso.example".into(),
            display_name: "Alice".into(),
        },
        service: BegunService { name: "Contoso Sign-in".into(), jwk: public("service") },
        policy: Policy {
            uv: UvPolicy::Required,
            attestation: AttestationPolicy::Preferred,
            match_len: MatchLen::Two,
            totp: true,
        },
        server_time: UnixTime::from_secs(1_790_000_000),
    };
    form!("begun", body(&begun.to_json()));

    let pop = public("pop").thumbprint();
    form!(
        "uv_proof",
        says(&activation::uv_proof(&issuer(), "act_51c2", &challenge, pop, &public("uv"), NOW))
    );
    let completion = Completion {
        activation_id,
        uv_proof: "<signed>".into(),
        attestation: Attestation::AndroidKey { pop_x5c: vec!["MII".into()], uv_x5c: vec!["MII".into()] },
        push: Some(push()),
        device: about(),
    };
    form!("completion", body(&completion.to_json()));
    let desktop = Completion { attestation: Attestation::None {}, push: None, ..completion.clone() };
    form!("completion_of_a_desktop", body(&desktop.to_json()));
    let apple = Attestation::AppleAppAttest { object: "o2Zm".into(), key_id: "a2V5".into() };
    form!("completion_of_ios", body(&Completion { attestation: apple, ..completion }.to_json()));

    let completed = Completed {
        device_id: device_id(),
        account_id: account_id(),
        state: DeviceState::PendingConfirmation,
        totp: Some(Seed {
            secret: SecretText::new("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP".into()),
            algorithm: "SHA1".into(),
            digits: 6,
            period: 30,
        }),
        dpop_nonce: "n-8Ab1".into(),
        server_time: UnixTime::from_secs(1_790_000_004),
    };
    form!("completed", body(completed.to_json().expose().as_bytes()));
}

fn about() -> DeviceAbout {
    DeviceAbout {
        name: "Pixel 9".into(),
        platform: Platform::Android,
        model: "Pixel 9".into(),
        os: "16".into(),
        app: "1.0.0".into(),
    }
}

fn push() -> PushSubscription {
    let point = BASE64.encode(public("uv").point());
    PushSubscription::new("https://push.example.net/w/8f".into(), point, BASE64.encode([1; 16]))
        .expect("is taken")
}

#[test]
fn the_grant() {
    let begin = GrantBegin { device: about() };
    form!("grant_begin", body(&begin.to_json()));
    let grant_id = GrantId::try_from("grt_Zk3u0o1mQ4mU2rVb8gq5Yw").expect("an id");
    form!("grant_poll", body(&GrantPoll { grant_id: grant_id.clone() }.to_json()));
    let begun = GrantBegun {
        grant_id,
        user_code: UserCode::parse("WDJB-MJHT").expect("a code"),
        verification_uri: issuer().at("/add"),
        expires_in: 600,
        interval: 3,
        server_time: NOW,
    };
    form!("grant_begun", body(&begun.to_json()));
    let said = |state| {
        let status = GrantStatus { state, interval: 3, server_time: NOW };
        body(status.to_json().expose().as_bytes())
    };
    form!("grant_pending", said(GrantState::Pending));
    form!("grant_denied", said(GrantState::Denied));
    let link = ActivationLink::parse(&vector("activation_qr")).expect("a link");
    form!("grant_granted", said(GrantState::Granted(link)));
}

#[test]
fn the_rest() {
    let mut discovery = Discovery::at(issuer(), "Contoso Sign-in".into(), NOW);
    discovery.vapid_public_key = Some("BP3".into());
    discovery.min_app.android = AppVersion::parse("1.0.0");
    form!("discovery", body(&wire::write(&discovery)));
    let list = ChallengeList { server_time: NOW, retry_after: 3, challenges: vec!["<signed>".into()] };
    form!("challenge_list", body(&wire::write(&list)));
    let activity = Activity {
        id: "evt_1".into(),
        time: NOW,
        app: Some("Payroll".into()),
        place: context().loc,
        ip: Some("203.0.113.24".into()),
        client: None,
        method: "push".into(),
        result: "approved".into(),
    };
    let list = ActivityList { server_time: NOW, items: vec![activity] };
    form!("activity", body(&wire::write(&list)));
    assert_eq!(wire::read(&wire::write(&list)), Some(list));
    form!("push", body(&wire::write(&push())));
    let problem = Problem::new(ProblemCode::NumberMismatch, Some("txn_Zk3u0o1mQ4mU2rVb8gq5Yw"), NOW);
    form!("problem", body(&problem.to_json()));

    let keys = key_list(&issuer(), &private("service"), Some(&public("uv")), NOW).expect("makes");
    form!("key_list", message(&keys));
    let nonce = Nonce::make(&mut rng(3));
    let (uv, pop) = (public("uv").thumbprint(), public("pop").thumbprint());
    form!(
        "rotation_statement",
        says(&rotation::statement(&device_id(), &issuer(), uv, pop, uv, &nonce, NOW))
    );
    let rotation = Rotation {
        rotation: "<signed>".into(),
        new_pop_jwk: public("pop"),
        uv_proof: "<signed>".into(),
        attestation: Attestation::None {},
    };
    form!("rotation", body(&rotation.to_json()));
    form!("service_pin", ServicePin::new(public("service")));
}
