//! What a column of a file is most likely for, by what it is called: by the word itself, or by what other systems call it.

/// What other systems call things, in letters and digits alone, by target.
const KNOWN_AS: &[(&str, &[&str])] = &[
    (
        "external_id",
        &[
            "externalid",
            "customerid",
            "customernumber",
            "customerno",
            "accountnumber",
            "accountno",
            "number",
            "kundennummer",
            "kundennr",
            "nummer",
            "contactid",
            "debitor",
        ],
    ),
    (
        "name",
        &[
            "companyname",
            "company",
            "accountname",
            "customername",
            "firma",
            "firmenname",
            "fullname",
            "contactname",
            "title1",
            "productname",
            "bezeichnung",
        ],
    ),
    ("account_type", &["type", "typ", "art"]),
    ("street", &["address", "addressline1", "street1", "adresse", "strasse", "straße"]),
    ("city", &["town", "ort", "stadt"]),
    ("region", &["state", "county", "canton", "province", "bundesland", "kanton"]),
    ("postal_code", &["zip", "zipcode", "postcode", "plz", "postleitzahl"]),
    ("country", &["land", "countrycode"]),
    ("phone", &["telephone", "tel", "telefon", "phonenumber", "worktelephone"]),
    ("mobile", &["mobilephone", "cell", "cellphone", "handy", "mobil"]),
    ("email", &["mail", "emailaddress"]),
    ("website", &["web", "url", "homepage", "webseite"]),
    ("latitude", &["lat", "breite", "breitengrad", "y"]),
    ("longitude", &["lon", "lng", "long", "laenge", "länge", "laengengrad", "längengrad", "x"]),
    ("tax_id", &["vat", "vatid", "vatnumber", "taxnumber", "ustid", "uid"]),
    ("segment", &["class", "klasse", "category", "kategorie"]),
    ("currency", &["currencycode", "waehrung", "währung"]),
    ("payment_terms", &["terms", "zahlungsbedingungen"]),
    ("description", &["notes", "note", "remarks", "bemerkung", "bemerkungen", "notiz"]),
    ("notes", &["note", "remarks", "description", "bemerkung", "bemerkungen", "notiz"]),
    ("tags", &["tag", "keywords", "labels", "stichworte", "categories"]),
    ("territory", &["territorycode", "gebiet", "salesterritory"]),
    ("parent", &["parentaccount", "parentcustomer", "parentid", "chain", "headquarters", "zentrale"]),
    (
        "account",
        &[
            "accountid",
            "customer",
            "customerid",
            "company",
            "organization",
            "organisation",
            "kunde",
            "firma",
            "kundennummer",
        ],
    ),
    ("given_name", &["firstname", "forename", "vorname"]),
    ("family_name", &["lastname", "surname", "nachname"]),
    ("title", &["jobtitle", "position", "contacttitle", "funktion"]),
    ("language", &["sprache", "locale"]),
    ("salutation", &["anrede", "greeting"]),
    ("at", &["date", "datum", "when", "givenat", "givenon", "consentdate", "zeitpunkt"]),
    ("decision", &["consent", "status", "einwilligung", "optin"]),
    ("purpose", &["zweck"]),
    ("channel", &["kanal", "medium"]),
    ("source", &["quelle", "givenby"]),
    ("proof", &["nachweis", "evidence", "beleg"]),
    (
        "sku",
        &[
            "productid",
            "productnumber",
            "productno",
            "articlenumber",
            "articleno",
            "itemnumber",
            "itemno",
            "artikelnummer",
            "artikelnr",
            "artikel",
            "number",
            "nummer",
        ],
    ),
    ("list", &["pricelist", "preisliste"]),
    ("unit_price", &["price", "listprice", "unitprice", "preis", "einzelpreis", "listenpreis"]),
    ("quantity_per_unit", &["unit", "packaging", "einheit", "gebinde", "verpackung"]),
    ("units_in_stock", &["stock", "bestand", "lagerbestand"]),
    ("stock_as_of", &["stockdate", "bestandam", "stand"]),
    ("tax_class", &["taxclass", "steuerklasse"]),
    ("discontinued", &["ausgelaufen", "inactive"]),
    ("breaks", &["quantitybreaks", "staffelpreise", "staffel"]),
    ("valid_from", &["from", "gueltigab", "gültigab", "von"]),
    ("valid_until", &["until", "to", "gueltigbis", "gültigbis", "bis"]),
];

/// The one of these words that a column is most likely for.
pub fn one(names: &[&'static str], column: &str) -> Option<&'static str> {
    let bare = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let column = bare(column);
    let named = names.iter().find(|name| bare(name) == column);
    let is_known = |name: &&&str| {
        KNOWN_AS.iter().any(|(known, words)| known == *name && words.contains(&column.as_str()))
    };
    named.or_else(|| names.iter().find(is_known)).copied()
}

/// Guesses for all columns, each word once; a column that has a word's own name gets it, wherever it stands.
pub fn all(names: &[&'static str], columns: &[String]) -> Vec<Option<&'static str>> {
    let exact = |column: &str| names.iter().find(|name| **name == column.trim()).copied();
    let named: Vec<&str> = columns.iter().filter_map(|column| exact(column)).collect();
    let mut taken = Vec::new();
    columns
        .iter()
        .map(|column| {
            let is_free = |name: &&'static str| {
                !taken.contains(name) && (exact(column).is_some() || !named.contains(name))
            };
            let guessed = one(names, column).filter(is_free);
            taken.extend(guessed);
            guessed
        })
        .collect()
}
