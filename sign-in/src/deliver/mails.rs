//! Sends the mails that wait. Every node runs it; whoever claims a mail sends it, and one that dies with a
//! mail in its hands leaves it to the others.

use std::time::Duration;

use tokio::task::JoinSet;

use super::Mailed;
use crate::Service;
use crate::store::{Mail, StoreError};
use crate::wake::Topic;

/// Sends until the node stops.
pub async fn send_mails(service: Service) {
    loop {
        let listener = service.wake().listen(Topic::Mail);
        let told = listener.told();
        if service.wake().is_closing() {
            return;
        }
        match send_due(&service).await {
            Ok(sent) if sent == AT_A_TIME => continue,
            Ok(_) => {}
            Err(_) => tracing::warn!("mails cannot be claimed: the database does not answer"),
        }
        // Mail whose time has come is not told of, so there is a look now and then.
        let _ = tokio::time::timeout(LOOK, told).await;
    }
}

/// One round; how many were tried.
pub(super) async fn send_due(service: &Service) -> Result<u32, StoreError> {
    let now = service.now();
    let mails = service.store().claim_mails(now, now.plus_secs(CLAIMED_SECS), AT_A_TIME).await?;
    let count = u32::try_from(mails.len()).unwrap_or(AT_A_TIME);
    let mut sending = JoinSet::new();
    for mail in mails {
        let service = service.clone();
        sending.spawn(async move { send(&service, &mail).await });
    }
    while let Some(sent) = sending.join_next().await {
        if !matches!(sent, Ok(Ok(()))) {
            tracing::warn!("what became of a mail was not kept; it may be sent again");
        }
    }
    Ok(count)
}

async fn send(service: &Service, mail: &Mail) -> Result<(), StoreError> {
    let mailed = service.deliver().mail(&mail.recipient, &mail.subject, &mail.body).await;
    let (now, store) = (service.now(), service.store());
    match mailed {
        Mailed::Taken => store.mail_sent(&mail.id, now, service.config().demo).await,
        Mailed::Later if mail.tries < MOST_TRIES => {
            store.mail_later(&mail.id, now.plus_secs(pause(mail.tries))).await
        }
        Mailed::Later | Mailed::Refused => {
            tracing::warn!(mail = mail.id, tries = mail.tries, "a mail is given up");
            store.drop_mail(&mail.id).await
        }
    }
}

const AT_A_TIME: u32 = 10;
const LOOK: Duration = Duration::from_secs(15);
/// How long a node has for a mail before another may take it.
const CLAIMED_SECS: u64 = 120;
/// About a day, by the pauses below.
const MOST_TRIES: u32 = 28;

/// Half a minute, doubled each time, at most an hour.
fn pause(tries: u32) -> u64 {
    30 * 2_u64.pow(tries.saturating_sub(1).min(7)).min(120)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_an_hour_and_tries_last_a_day() {
        assert_eq!([1, 2, 3, 8, 28].map(pause), [30, 60, 120, 3600, 3600]);
        let all = (1..MOST_TRIES).map(pause).sum::<u64>();
        assert!((20 * 3600..30 * 3600).contains(&all), "{all}");
    }
}
