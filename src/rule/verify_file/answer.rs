//! How a verify section reads an answer: conditions, sources of what it says, and sample answers.

use toml::Spanned;

use super::{
    super::{
        complaint::{Complaint, unmark},
        request::{Condition, Sample, Says, Value},
        shape::{List, Text},
    },
    Section,
    shape::{ConditionShape, Many, SampleShape, SaysShape, ValueShape},
};

impl Section<'_> {
    pub(in super::super) fn condition(
        &self,
        given: &Spanned<ConditionShape>,
        live: bool,
    ) -> Result<Condition, Complaint> {
        let shape = given.get_ref();
        let texts = |many: &Many<String>| many.0.iter().map(|text| unmark(text)).collect::<Vec<_>>();
        let condition = Condition {
            status: shape.status.0.clone().into(),
            has: texts(&shape.has).into(),
            lacks: texts(&shape.lacks).into(),
            is: shape
                .is
                .iter()
                .map(|(pointer, values)| (unmark(pointer), values.0.iter().map(value).collect()))
                .collect(),
            text: texts(&shape.text).into(),
            header: shape.header.iter().map(|(name, text)| (unmark(name), unmark(text))).collect(),
            but: shape.but.as_deref().map(unmark),
            because: shape.because,
        };
        self.check_condition(&condition, live).map_err(|message| self.wrong(given, &message))?;
        Ok(condition)
    }

    fn check_condition(&self, condition: &Condition, live: bool) -> Result<(), String> {
        let pointers =
            condition.has.iter().chain(condition.lacks.iter()).chain(condition.is.iter().map(|(pointer, _)| pointer));
        if let Some(wrong) = pointers.into_iter().find(|pointer| !(pointer.is_empty() || pointer.starts_with('/'))) {
            return Err(format!("expected a JSON pointer, as in `/data/id`, not `{wrong}`"));
        }
        if condition.status.iter().any(|status| !(100..600).contains(status)) {
            return Err("expected a status from 100 to 599".into());
        }
        if condition.text.iter().any(|text| text.trim().is_empty()) {
            return Err("expected some text".into());
        }
        if condition.is_status_alone() {
            if condition.status.is_empty() {
                return Err(
                    "expected something that the answer has to be: `status`, `has`, `is`, `lacks`, `text`, `header`"
                        .into(),
                );
            }
            let enough = !live && *condition.status == [401];
            if !enough && self.shape.status_alone.is_none() {
                return Err(
                    "expected something of the body or a header beside the status, or, where there is nothing, \
                            `status_alone = \"reason\"` in the section"
                        .into(),
                );
            }
        }
        match (live, &condition.but, condition.because) {
            (true, _, Some(_)) => Err("`because` belongs to `dead`".into()),
            (false, Some(_), _) => Err("`but` belongs to `live`".into()),
            _ => Ok(()),
        }
    }

    pub(super) fn says(&self, shape: &SaysShape) -> Result<Says, Complaint> {
        let sources = |given: &Option<Spanned<Many<String>>>| -> Result<List<Text>, Complaint> {
            let Some(given) = given else { return Ok(vec![].into()) };
            let fits =
                |source: &str| source == "body" || ["/", "header:", "= "].iter().any(|start| source.starts_with(start));
            match given.get_ref().0.iter().find(|source| !fits(source)) {
                Some(_) => {
                    Err(self
                        .wrong(given, "expected a JSON pointer (`/data/login`), `header:NAME`, `body` or `= words`"))
                }
                None => Ok(given.get_ref().0.iter().map(|source| unmark(source)).collect()),
            }
        };
        let SaysShape { holder, organisation, account, kind, scopes, expires, last_used, key_id, key_name } = shape;
        Ok(Says {
            holder: sources(holder)?,
            organisation: sources(organisation)?,
            account: sources(account)?,
            kind: sources(kind)?,
            scopes: sources(scopes)?,
            expires: sources(expires)?,
            last_used: sources(last_used)?,
            key_id: sources(key_id)?,
            key_name: sources(key_name)?,
        })
    }

    pub(super) fn sample(&self, given: &Spanned<SampleShape>, asks: usize) -> Result<Sample, Complaint> {
        let shape = given.get_ref();
        let of = match &shape.of {
            Some(of) if (1..=asks).contains(of.get_ref()) => *of.get_ref(),
            Some(of) => return Err(self.wrong(of, &format!("expected the number of a request: 1 to {asks}"))),
            None => 1,
        };
        Ok(Sample {
            is: shape.is,
            of: of - 1,
            status: shape.status,
            headers: shape.headers.iter().map(|(name, value)| (unmark(name).into(), unmark(value).into())).collect(),
            body: unmark(&shape.body).into(),
        })
    }
}

/// What RFC 6749, section 5.2, lets a client conclude: it was known, even where it gets nothing.
pub fn granted_live() -> Vec<Condition> {
    let error = |code: &'static str, but: &'static str| Condition {
        is: vec![("/error".into(), vec![Value::Text(code.into())].into())].into(),
        but: Some(but.into()),
        ..Condition::default()
    };
    vec![
        Condition { status: vec![200].into(), has: vec!["/access_token".into()].into(), ..Condition::default() },
        error("unauthorized_client", "may not use the client-credentials grant"),
        error("invalid_scope", "has no scope by default"),
    ]
}

/// The answer to a client that is not known or whose secret is wrong.
pub fn granted_dead() -> Vec<Condition> {
    vec![Condition {
        status: vec![400, 401].into(),
        is: vec![("/error".into(), vec![Value::Text("invalid_client".into())].into())].into(),
        ..Condition::default()
    }]
}

pub(in super::super) fn value(shape: &ValueShape) -> Value {
    match shape {
        ValueShape::Text(text) => Value::Text(unmark(text)),
        ValueShape::Number(number) => Value::Number(*number),
        ValueShape::Bool(truth) => Value::Bool(*truth),
    }
}
