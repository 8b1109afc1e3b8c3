//! One mechanism reads all syntaxes, and looks at its window alone.

use proptest::prelude::*;

use super::*;

/// Names and values of all candidates of a text, in which `{-}` stands for nothing.
fn found(text: &str) -> Vec<(String, String)> {
    let text = text.replace("{-}", "");
    let bytes = text.as_bytes();
    let mut all = vec![];
    anchors(bytes, 0..bytes.len(), |at| all.extend(candidate_at(bytes, at)));
    let read = |range: &Range<usize>| String::from_utf8_lossy(&bytes[range.clone()]).into_owned();
    let mut pairs: Vec<_> = all.iter().map(|one| (read(&one.name), read(&one.value))).collect();
    pairs.dedup();
    pairs
}

#[test]
fn a_name_and_a_value_are_found_in_every_syntax() {
    for (text, name) in [
        ("password = \"Tr0ub4d{-}or&3\"", "password"),
        ("db.password=Tr0ub4d{-}or&3", "db.password"),
        ("\"dbPassword\": \"Tr0ub4d{-}or&3\",", "dbPassword"),
        ("'secret' => 'Tr0ub4d{-}or&3'", "secret"),
        (":secret => 'Tr0ub4d{-}or&3'", "secret"),
        ("secret := \"Tr0ub4d{-}or&3\"", "secret"),
        ("val secret: String = \"Tr0ub4d{-}or&3\"", "secret"),
        ("const PASSWORD: &'static str = \"Tr0ub4d{-}or&3\";", "PASSWORD"),
        ("x.setPassword(\"Tr0ub4d{-}or&3\")", "x.setPassword"),
        ("define('DB_PASSWORD', 'Tr0ub4d{-}or&3')", "DB_PASSWORD"),
        ("config['password'] = 'Tr0ub4d{-}or&3'", "password"),
        ("fill_in :password, with: 'Tr0ub4d{-}or&3'", "password"),
        ("if password == \"Tr0ub4d{-}or&3\" {", "password"),
        ("mysql --password Tr0ub4d{-}or&3", "--password"),
        ("run(\"--password\", \"Tr0ub4d{-}or&3\")", "--password"),
        ("-Dtoken=Tr0ub4d{-}or&3", "-Dtoken"),
        ("export API_TOKEN=Tr0ub4d{-}or&3", "API_TOKEN"),
        ("ENV API_TOKEN Tr0ub4d{-}or&3", "API_TOKEN"),
        ("<password>Tr0ub4d{-}or&3</password>", "password"),
        ("<user password='Tr0ub4d{-}or&3'/>", "password"),
        ("<add key=\"DbPassword\" value=\"Tr0ub4d{-}or&3\"/>", "DbPassword"),
        ("- name: DB_PASSWORD\n  value: Tr0ub4d{-}or&3\n", "DB_PASSWORD"),
        ("machine example.org login me pass{-}word Tr0ub4d{-}or&3", "password"),
        ("Server=db;User Id=me;Password=Tr0ub4d{-}or&3;", "Password"),
        ("json = \"{\\\"token\\\":\\\"Tr0ub4d{-}or&3\\\"}\"", "token"),
        ("key: String(\"Tr0ub4d{-}or&3\")", "key"),
        ("password:@\"Tr0ub4d{-}or&3\"", "password"),
        ("IDENTIFIED BY 'Tr0ub4d{-}or&3'", "IDENTIFIED BY"),
        ("ALTER USER me WITH PASSWORD 'Tr0ub4d{-}or&3'", "PASSWORD"),
        ("curl -u me:Tr0ub4d{-}or&3 https://example.org", "me"),
        ("-e LDAP_BIND_PW=Tr0ub4d{-}or&3", "LDAP_BIND_PW"),
    ] {
        let pairs = found(text);
        let expected = (name.trim_start_matches('-').trim_start_matches('D').to_owned(), "Tr0ub4dor&3".to_owned());
        let met = pairs.iter().any(|(name, value)| {
            name.trim_start_matches('-').trim_start_matches('D') == expected.0
                && expected.1.starts_with(value)
                && value.len() >= 9
        });
        assert!(met, "{text}: {pairs:?}");
    }
}

#[test]
fn urls_and_headers_hold_credentials() {
    let pairs = found("amqps://me:s3{-}cr@et@example.org/vhost");
    assert_eq!(pairs, [("me".to_owned(), "s3cr@et".to_owned())]);
    assert_eq!(found("redis://:s3{-}cret@localhost"), [(String::new(), "s3cret".to_owned())]);
    assert_eq!(found("see https://example.org:8080/a@b and ssh://git@example.org"), []);
    let pairs = found("curl -H 'Authorization: Basic bWU6{-}czNjcmV0'");
    assert!(pairs.iter().any(|(_, value)| value == "bWU6czNjcmV0"), "{pairs:?}");
}

#[test]
fn what_only_stands_for_a_value_is_none() {
    for text in [
        "password = \"${PASSWORD}\"",
        "password: {{ vault_password }}",
        "password = os.getenv(\"DB_PASSWORD\")",
        "password = config.get('password')",
        "token = request.token",
        "token: string",
        "password: true",
        "secret = \"<your secret>\"",
        "password = '****'",
        "key: 'name'",
        "passing = \"argument1\"",
        "tokens = \"abc123abc\"",
        "keyboard: \"layout1\"",
        "password = userPassword",
        "password: Wachtwoord",
        "hint: \"The password must have eight characters\"",
        "password: \"$2a$08$abcdefghijklmnopqrstuv\"",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

/// Text in which candidates and near misses are frequent.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => "[ a-z0-9\\n=:\"'(),<>-]{1,12}",
        2 => Just("password".to_owned()),
        2 => Just("api_key".to_owned()),
        1 => Just("secret_token: ".to_owned()),
        2 => Just("= \"".to_owned()),
        1 => Just("Tr0ub4dor3xyz\"".to_owned()),
        1 => Just("mysql://me:{-}pw5@host ".replace("{-}", "")),
        1 => Just("Authorization: Basic bWU6{-}czNjcmV0 ".replace("{-}", "")),
        1 => Just("IDENTIFIED BY 'abc'".to_owned()),
        1 => "[a-z0-9 ]{60,200}",
        1 => "[A-Za-z0-9+/]{100,260}",
    ];
    proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_candidate_depends_on_its_window_alone(before in text(), bytes in text(), behind in text()) {
        let long = [before.as_slice(), &bytes, &behind].concat();
        for at in 0..long.len() {
            let (start, end) = (at.saturating_sub(BEFORE), long.len().min(at + BEHIND));
            // As in the middle of another text: neither window's edge is the text's, unless it was.
            let pad = |real: bool| if real { vec![] } else { b"#\"'= x".repeat(9) };
            let (head, tail) = (pad(start == 0), pad(end < at + BEHIND));
            let other = [head.as_slice(), &long[start..end], &tail].concat();
            let here = found_at(&long, at, Confidence::Low);
            let there = found_at(&other, at - start + head.len(), Confidence::Low);
            let moved = |found: Option<(Candidate, evidence::Evidence)>, by: usize| {
                found.map(|(one, evidence)| (one.anchor - by, one.value.start - by, one.value.end - by, evidence))
            };
            if start == 0 {
                prop_assert_eq!(moved(here, 0), moved(there, 0));
            } else {
                prop_assert_eq!(moved(here, start), moved(there, head.len()));
            }
        }
    }

    #[test]
    fn anchors_are_the_places_at_which_something_can_be_found(bytes in text()) {
        let mut told = vec![];
        anchors(&bytes, 0..bytes.len(), |at| told.push(at));
        for at in 0..bytes.len() {
            prop_assert!(candidate_at(&bytes, at).is_none() || told.contains(&at), "at {}", at);
        }
    }
}

#[test]
fn work_is_bounded_on_hostile_text() {
    // Each anchor looks at its window and no further, whatever stands there.
    for piece in ["password=", "key", "://", "a:b@://", "\\", "token(((", "secret \"", "-u a:", "<password>"] {
        let text = piece.repeat(200_000 / piece.len());
        let mut count = 0;
        anchors(text.as_bytes(), 0..text.len(), |at| count += usize::from(candidate_at(text.as_bytes(), at).is_some()));
        assert!(count <= text.len());
    }
}
