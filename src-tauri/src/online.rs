//! The app with a way to services: everything that needs the network. The app is locked while a call is made
//! and while its answer is taken, and never in between.

use crate::error::{Code, CommandError};
use crate::handle::Handle;
use crate::view::{
    ActivationView, ActivityView, AddedView, AnswerRequest, DeletedView, OutcomeView, RequestView,
    RequestsView, SignInRequest, SignInView,
};

type Answer<T> = Result<T, CommandError>;

pub(crate) struct Online {
    app: Handle,
}

#[expect(clippy::unused_async, unused_variables)]
impl Online {
    pub(crate) fn new(app: Handle) -> Self {
        Self { app }
    }

    pub(crate) async fn begin_activation(&self, session: &str) -> Answer<ActivationView> {
        Err(Code::NotNow.into())
    }

    pub(crate) async fn add_work_account(&self, session: &str, replaces: Option<&str>) -> Answer<AddedView> {
        Err(Code::NotNow.into())
    }

    pub(crate) async fn begin_sign_in(&self, request: &SignInRequest) -> Answer<SignInView> {
        Err(Code::NotNow.into())
    }

    pub(crate) async fn open_sign_in_page(&self, session: &str) -> Answer<()> {
        Err(Code::NotNow.into())
    }

    pub(crate) async fn finish_sign_in(&self, session: &str) -> Answer<ActivationView> {
        Err(Code::NotNow.into())
    }

    pub(crate) async fn refresh_requests(&self) -> Answer<RequestsView> {
        Err(Code::NotNow.into())
    }

    pub(crate) async fn match_request(&self, session: &str) -> Answer<RequestView> {
        Err(Code::NotNow.into())
    }

    pub(crate) async fn answer_request(&self, id: &str, answer: AnswerRequest) -> Answer<OutcomeView> {
        Err(Code::NotNow.into())
    }

    pub(crate) async fn activity(&self, id: &str) -> Answer<ActivityView> {
        Err(Code::NotNow.into())
    }

    pub(crate) async fn report_activity(&self, id: &str, item: &str) -> Answer<()> {
        Err(Code::NotNow.into())
    }

    pub(crate) async fn delete_forever(&self, id: &str) -> Answer<DeletedView> {
        let id = id.to_owned();
        let trash = self.app.run(move |app| app.delete_forever(&id)).await?;
        Ok(DeletedView { trash, service: None })
    }
}
