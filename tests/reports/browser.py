"""Opens the html report in headless Chromium: filters, keyboard, phone, dark, print, and odd text that must stay text."""
import pathlib
import sys
import time

from playwright.sync_api import expect, sync_playwright

browser_path, odd, large = sys.argv[1:]


def opened(browser, name, **context):
    page = browser.new_context(**context).new_page()
    page.said, page.asked = [], []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("dialog", lambda dialog: (page.said.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("requestfinished", lambda request: page.asked.append(request.url))
    began = time.monotonic()
    page.goto(pathlib.Path(name).resolve().as_uri())
    page.wait_for_selector("#list .finding")
    page.took = time.monotonic() - began
    return page


def quiet(page):
    assert page.said == [], page.said
    elsewhere = [url for url in page.asked if not url.startswith(("file:", "data:"))]
    assert elsewhere == [], elsewhere


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])

    # Odd text stays text, in rows, in what is opened, and in the picture.
    page = opened(browser, odd, viewport={"width": 1280, "height": 900})
    for summary in page.locator("#list summary").all():
        summary.click()
    assert page.locator("img, iframe, object, embed").count() == 0
    assert page.evaluate("document.scripts.length") == 2
    assert "<img src=x onerror=alert(1)>" in page.locator("#list").inner_text()
    links = page.eval_on_selector_all("#list a", "links => links.map(link => link.href)")
    assert links and all(link.startswith("https://") for link in links), links
    assert any(link.startswith("https://github.com/acme/app/commit/") for link in links), links
    assert "s3cr3t9x" not in page.content()
    quiet(page)
    # The policy: a script that got in does not run.
    page.evaluate(
        """() => { const script = document.createElement("script"); script.textContent = "window.ran = true";
                   document.body.append(script); const image = new Image(); image.src = "https://example.com/x.png"; }"""
    )
    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in text for text in page.said), page.said
    assert not [url for url in page.asked if url.startswith("https:")]

    # Ten thousand findings.
    page = opened(browser, large, viewport={"width": 1280, "height": 900})
    took = page.took
    count = page.locator("#count")
    assert count.inner_text() == "10,000 findings"
    assert page.locator("#list .finding").count() < 200, "rows are made when they are needed"
    assert page.locator("#bars .bar").count() > 5
    page.locator("#verdict").select_option("live")
    assert count.inner_text() == "1,000 of 10,000 findings", count.inner_text()
    page.locator("#head").select_option("yes")
    assert count.inner_text() == "334 of 10,000 findings", count.inner_text()
    page.get_by_role("button", name="Clear").click()
    expect(count).to_have_text("10,000 findings")
    page.locator("#issuer").select_option("Issuer 3")
    page.locator("#kind").select_option("personal-access-token")
    assert count.inner_text() == "1,429 of 10,000 findings", count.inner_text()
    page.get_by_role("button", name="Clear").click()
    expect(count).to_have_text("10,000 findings")
    for lane in ["issuer", "author"]:
        page.locator("#lanes").select_option(lane)
        assert page.locator("#bars h3").count() >= 1

    # The keyboard alone.
    page.locator("body").press("/")
    page.keyboard.type("src/d7/f1057.yml")
    expect(count).to_have_text("1 of 10,000 findings")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    body = page.locator(".finding .body")
    body.wait_for()
    text = body.inner_text()
    for expected in ["What to do, in this order", "keysweep revoke plan", "git filter-repo", "clone again", "Dev 22"]:
        assert expected in text, (expected, text)
    page.get_by_role("button", name="Clear").click()
    expect(count).to_have_text("10,000 findings")
    page.locator("body").press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    at = page.evaluate("[...document.querySelectorAll('#list summary')].indexOf(document.activeElement)")
    assert at == 0, at
    page.mouse.wheel(0, 60000)
    expect(page.locator("#list .finding")).not_to_have_count(60)
    quiet(page)

    # Everything that can be used has a name; headings are in order.
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("input, select, button")].filter(
             (node) => !node.hidden && !(node.labels && node.labels.length) && !node.textContent.trim()).length"""
    )
    assert unnamed == 0
    assert page.locator("h1").count() == 1 and page.locator("main, header, footer").count() == 3
    assert page.get_attribute("#count", "aria-live") == "polite"

    # A phone, the dark, paper.
    phone = opened(browser, odd, viewport={"width": 390, "height": 844}, is_mobile=True)
    phone.locator("#list summary").first.click()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    quiet(phone)
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = opened(browser, odd, color_scheme="dark")
    assert dark.evaluate(paper) != phone.evaluate(paper)
    quiet(dark)
    page = opened(browser, odd)
    assert len(page.pdf()) > 5000
    page.emulate_media(media="print")
    assert not page.locator("#filters").is_visible() and page.locator(".finding").first.is_visible()
    browser.close()
    print(f"10,000 findings open in {took:.2f} s")
