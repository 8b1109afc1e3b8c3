//! Evidence of a place: what its path says. Kept apart from that of its bytes, since a blob has several paths or, while history
//! is read, none.

use bstr::ByteSlice;

/// The pieces in order: the name in weights, and what it says.
pub const PIECES: &[(&str, &str)] = &[
    (
        "path_kind",
        "kind of file: code 0, script 1, settings 2, document 3, data 4, template 5, style 6, no ending 7, other 8",
    ),
    ("path_ending", "ending of the file, by its place in a list"),
    ("path_test", "the path says test, spec or fixture"),
    ("path_example", "the path says example, sample, demo or template"),
    ("path_docs", "the path says docs"),
    ("path_settings", "the path says config, settings, deploy, docker or environment"),
    ("path_words", "the path says locale, language, schema or API description"),
    ("path_vendor", "the path says vendor, third party or dist"),
];

/// Where the pieces stand that are asked for by name.
pub const TEST: usize = 2;
/// The same for examples.
pub const EXAMPLE: usize = 3;
/// The same for documents.
pub const DOCS: usize = 4;

/// Number of pieces.
pub const COUNT: usize = PIECES.len();

/// Endings by kind.
const KINDS: &[(i16, &[&str])] = &[
    (
        0,
        &[
            "py", "rb", "go", "java", "js", "ts", "php", "c", "cc", "cpp", "h", "hpp", "cs", "kt", "scala", "swift",
            "m", "rs", "ex", "exs", "groovy", "jsx", "tsx", "pl", "lua", "erl", "clj", "dart", "vue", "coffee",
        ],
    ),
    (1, &["sh", "bash", "zsh", "ps1", "bat", "cmd", "bats", "mk", "gradle", "psm1", "rake"]),
    (
        2,
        &[
            "yml",
            "yaml",
            "json",
            "toml",
            "ini",
            "conf",
            "cfg",
            "properties",
            "env",
            "tf",
            "tfvars",
            "config",
            "cnf",
            "hcl",
            "dist",
            "netrc",
            "service",
            "plist",
        ],
    ),
    (3, &["md", "rst", "txt", "adoc", "html", "htm", "markdown", "1", "tex"]),
    (4, &["csv", "sql", "lock", "log", "xml", "ipynb", "har", "pem", "key", "crt", "sum", "strings", "po", "resx"]),
    (5, &["erb", "j2", "tmpl", "tpl", "example", "sample", "template", "ejs", "haml", "slim", "mustache", "in"]),
    (6, &["css", "scss", "svg", "less", "xib", "storyboard"]),
];

/// What a path says.
pub fn evidence(path: &[u8]) -> [i16; COUNT] {
    let lower = path.to_ascii_lowercase();
    let file = lower.rsplit(|byte| *byte == b'/').next().unwrap_or(&lower);
    let (kind, ending) = match file.iter().rposition(|byte| *byte == b'.') {
        None => (7, 0),
        Some(dot) => ending(&file[dot + 1..]),
    };
    let says = |words: &[&str]| i16::from(words.iter().any(|word| lower.contains_str(word)));
    [
        kind,
        ending,
        i16::from(is_test(&lower)),
        says(&["example", "sample", "demo", "template", "tutorial"]),
        says(&["doc/", "docs/", "doc.", "readme", "changelog", "website"]),
        says(&[
            "conf",
            "setting",
            "deploy",
            "docker",
            "env",
            "helm",
            "ansible",
            "terraform",
            "k8s",
            "playbook",
            "secret",
            ".travis",
            "circleci",
        ]),
        says(&["locale", "lang", "i18n", "l10n", "schema", "swagger", "openapi", "translation", "messages"]),
        says(&["vendor", "third_party", "thirdparty", "node_modules", "dist/", ".min.", "bundle"]),
    ]
}

/// Whether a path (small letters) says that what it holds is there to test something.
pub fn is_test(path: &[u8]) -> bool {
    ["test", "spec/", "spec.", "specs/", "fixture", "mock", "/spec", "stub", "cypress", "e2e"]
        .iter()
        .any(|word| path.contains_str(word))
}

fn ending(of: &[u8]) -> (i16, i16) {
    let mut number = 0;
    for (kind, endings) in KINDS {
        for ending in *endings {
            number += 1;
            if ending.as_bytes() == of {
                return (*kind, number);
            }
        }
    }
    (8, 0)
}
