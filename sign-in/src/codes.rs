//! Six digits from any authenticator of the person. Counted over everything before they are looked at
//! (S-17), and no step is good twice (S-16).

use crate::Service;
use crate::sessions::{Opened, SignInRefused};
use crate::store::Session;
use crate::visitor::Visitor;

impl Service {
    /// Signs in with a code.
    pub async fn sign_in_with_code(
        &self,
        session: &Session,
        code: &str,
        visitor: &Visitor,
    ) -> Result<Opened, SignInRefused> {
        todo!()
    }
}
