//! A browser without a screen: cookies, and forms as the pages have them. For what needs more browsers than
//! there are screens; what a page looks like and whether its script works is for the real browser.

use std::collections::BTreeMap;

use http::{Request, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::http::{Http, Reply};

/// Somebody with a browser.
#[derive(Debug)]
pub struct Person {
    http: Http,
    origin: String,
    cookies: BTreeMap<String, String>,
    /// Where the last page was.
    pub path: String,
    /// The last page.
    pub page: String,
}

impl Person {
    /// With a browser that knows nothing.
    pub fn new(origin: &str) -> Self {
        Self::with(Http::new(), origin)
    }

    /// The same, with connections of this kind.
    pub fn with(http: Http, origin: &str) -> Self {
        Self {
            http,
            origin: origin.to_owned(),
            cookies: BTreeMap::new(),
            path: String::new(),
            page: String::new(),
        }
    }

    /// Goes to a page, and where it sends on to.
    ///
    /// # Panics
    /// When nobody answers.
    pub async fn open(&mut self, path: &str) -> StatusCode {
        self.try_open(path).await.expect("the service answers")
    }

    /// The same; none if the connection broke. What was done until then is not known.
    pub async fn try_open(&mut self, path: &str) -> Option<StatusCode> {
        let reply = self.send("GET", path, "").await?;
        self.follow(reply).await
    }

    /// Asks as the page's script does, without leaving the page.
    pub async fn ask(&mut self, path: &str) -> Option<Reply> {
        let here = self.path.clone();
        let reply = self.send("GET", path, "").await;
        self.path = here;
        reply
    }

    /// Sends the form whose action is `action` with its hidden fields and these, and goes where it sends to.
    ///
    /// # Panics
    /// When the page has no such form, or nobody answers.
    pub async fn submit(&mut self, action: &str, fields: &[(&str, &str)]) -> StatusCode {
        self.try_submit(action, fields).await.expect("the service answers")
    }

    /// The same; none if the connection broke. What was done until then is not known.
    ///
    /// # Panics
    /// When the page has no such form.
    pub async fn try_submit(&mut self, action: &str, fields: &[(&str, &str)]) -> Option<StatusCode> {
        let hidden = self.hidden(action).unwrap_or_else(|| {
            panic!("{} has no form {action}:\n{}", self.path, self.page);
        });
        let reply = self.send("POST", action, &written(hidden, fields)).await?;
        self.follow(reply).await
    }

    /// Sends a form of this page and goes nowhere.
    ///
    /// # Panics
    /// When the page has no such form, or nobody answers.
    pub async fn submit_only(&mut self, action: &str, fields: &[(&str, &str)]) -> Reply {
        self.submit_to(action, action, fields).await
    }

    /// Sends to `action` what the form for `of` on this page has hidden, and these; goes nowhere.
    ///
    /// # Panics
    /// When the page has no such form, or nobody answers.
    pub async fn submit_to(&mut self, action: &str, of: &str, fields: &[(&str, &str)]) -> Reply {
        let hidden = self.hidden(of).unwrap_or_else(|| panic!("{} has no form {of}", self.path));
        let here = self.path.clone();
        let reply = self.send("POST", action, &written(hidden, fields)).await.expect("the service answers");
        self.path = here;
        reply
    }

    /// What its cookies hold.
    pub fn cookies(&self) -> Vec<String> {
        self.cookies.values().filter(|value| value.len() > 8).cloned().collect()
    }

    /// Whether the page has an element with this `data-testid`.
    pub fn sees(&self, id: &str) -> bool {
        self.page.contains(&format!("data-testid=\"{id}\""))
    }

    /// The text of the element with this `data-testid`, as it is written.
    pub fn text(&self, id: &str) -> Option<String> {
        text_of(&self.page, id)
    }

    /// An attribute of the element with this `data-testid`; it stands after the id.
    pub fn attribute(&self, id: &str, name: &str) -> Option<String> {
        let at = self.page.find(&format!("data-testid=\"{id}\""))?;
        let tag = self.page.get(at..)?;
        attribute(tag.get(..tag.find('>')?)?, name)
    }

    /// Goes where the last answer sends to, a few times at most.
    async fn follow(&mut self, mut reply: Reply) -> Option<StatusCode> {
        for _ in 0..5 {
            if !reply.status.is_redirection() {
                break;
            }
            let to = reply.header("location").expect("a redirection says where to").to_owned();
            reply = self.send("GET", &to, "").await?;
        }
        self.page = reply.body;
        Some(reply.status)
    }

    async fn send(&mut self, method: &str, path: &str, body: &str) -> Option<Reply> {
        let url = format!("{}{path}", self.origin);
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::builder()
            .method(method)
            .uri(url)
            .header("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
            .header("cookie", cookies.join("; "));
        if method == "POST" {
            request = request
                .header("content-type", "application/x-www-form-urlencoded")
                .header("origin", &self.origin)
                .header("sec-fetch-site", "same-origin");
        }
        let reply = self.http.send(request, body).await?;
        for set in reply.headers.get_all("set-cookie") {
            let set = set.to_str().expect("a cookie is ASCII");
            let (name, value) =
                set.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            if set.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        self.path = path.to_owned();
        Some(reply)
    }

    /// The hidden fields of the form with this action.
    fn hidden(&self, action: &str) -> Option<Vec<(String, String)>> {
        let form = self.page.split("<form").find(|form| {
            form.split('>').next().and_then(|tag| attribute(tag, "action")).is_some_and(|at| at == action)
        })?;
        let form = form.split("</form>").next()?;
        let inputs = form.split("<input").skip(1).filter_map(|input| input.split('>').next());
        let hidden = inputs.filter(|input| attribute(input, "type").is_some_and(|kind| kind == "hidden"));
        Some(
            hidden
                .filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value")?)))
                .collect(),
        )
    }
}

/// The text of the element of a page with this `data-testid`, as it is written.
pub fn text_of(page: &str, id: &str) -> Option<String> {
    let at = page.find(&format!("data-testid=\"{id}\""))?;
    let rest = page.get(at..)?;
    let rest = rest.get(rest.find('>')? + 1..)?;
    Some(plain(rest.get(..rest.find('<')?)?).trim().to_owned())
}

/// A form's body.
fn written(mut body: Vec<(String, String)>, fields: &[(&str, &str)]) -> String {
    body.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let encoded: Vec<_> =
        body.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
    encoded.join("&")
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let rest = tag.split_once(&format!(" {name}=\""))?.1;
    Some(plain(rest.split_once('"')?.0))
}

fn plain(html: &str) -> String {
    html.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
        .replace("&#38;", "&")
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
