// The element for enrolments as the customer finds it: by the names of its headings, fields and buttons.

import { openBare, toEnrolment } from "./security.mjs";

/** Its texts that the tests wait for. A changed text is changed here. */
const words = {
  en: {
    overview: "How you confirm payments",
    setPin: "Set a PIN",
    changePin: "Change the PIN",
    removePin: "Remove the PIN",
    addBrowser: "Add this browser",
    choosePin: "Choose a PIN",
    newPin: "New PIN",
    newPinAgain: "The new PIN again",
    savePin: "Save the PIN",
    remove: "Remove",
    removePinTitle: "Remove your PIN?",
    removeDeviceTitle: "Remove this device?",
    deviceName: "A name for this device",
    add: "Add",
    addPhone: "Add a phone number",
    replacePhone: "Replace the phone number",
    country: "Country",
    number: "Phone number",
    sendCode: "Send a code",
    codeTitle: "Enter the code",
    back: "Back",
    done: "Done",
    ended: "This has ended",
  },
  ar: {
    overview: "كيف تؤكد مدفوعاتك",
    setPin: "تعيين رقم سري",
    changePin: "تغيير الرقم السري",
    removePin: "إزالة الرقم السري",
    addBrowser: "إضافة هذا المتصفح",
    addPhone: "إضافة رقم هاتف",
    replacePhone: "استبدال رقم الهاتف",
    country: "البلد",
    number: "رقم الهاتف",
    sendCode: "إرسال رمز",
    codeTitle: "أدخل الرمز",
    done: "تم",
  },
};

export class Enrolment {
  constructor(page, language = "en") {
    this.page = page;
    this.words = words[language];
  }

  heading(name) {
    return this.page.getByRole("heading", { name, exact: true });
  }

  button(name) {
    return this.page.locator("sca-enrolment").getByRole("button", { name, exact: true });
  }

  field(name) {
    return this.page.getByRole("textbox", { name, exact: true });
  }

  /** A notice in the live region. */
  notice(text) {
    return this.page.locator("sca-enrolment").getByRole("status").filter({ hasText: text });
  }

  /** The overview's part about one factor. */
  factor(name) {
    return this.page.locator("sca-enrolment li.sca-factor").filter({ hasText: name });
  }

  /** The devices that are listed. */
  get devices() {
    return this.page.locator("sca-enrolment li.sca-device");
  }

  /** Waits for the overview. */
  async overviewShown() {
    await this.heading(this.words.overview).waitFor();
  }

  /** Types a PIN into both fields and saves it. */
  async choosePin(pin, again = pin) {
    for (const [name, digits] of [
      [this.words.newPin, pin],
      [this.words.newPinAgain, again],
    ]) {
      await this.field(name).click();
      await this.page.keyboard.type(digits);
    }
    await this.button(this.words.savePin).click();
  }

  /** The list of countries. */
  get country() {
    return this.page.getByRole("combobox", { name: this.words.country, exact: true });
  }

  /** Picks a country, types a number and has a code sent to it. */
  async enterNumber(country, number) {
    await this.country.selectOption({ label: country });
    await this.field(this.words.number).fill(number);
    await this.button(this.words.sendCode).click();
  }

  /** Types a code and submits it. */
  async enterCode(code) {
    await this.field("Code").fill(code);
    await this.button("Confirm the number").click();
  }

  /** Adds this browser as a device. */
  async addBrowser(name) {
    await this.button(this.words.addBrowser).click();
    await this.field(this.words.deviceName).fill(name);
    await this.button(this.words.add).click();
  }

  async removeDevice(name) {
    await this.page.locator("sca-enrolment").getByRole("button", { name: new RegExp(`^Remove .?${name}.?$`) }).click();
    await this.heading(this.words.removeDeviceTitle).waitFor();
    await this.button(this.words.remove).click();
  }
}

/** Goes to the enrolment as a customer does. Returns the element. */
export async function toOverview(stage, confirming) {
  await toEnrolment(stage, confirming);
  return shownIn(stage.page, stage.language);
}

/** Shows an enrolment in a page that has nothing else. Returns the element, and the enrolment's id and secret. */
export async function toBareOverview(stage, attributes, confirming) {
  const begun = await openBare(stage, attributes, confirming);
  return { begun, element: await shownIn(stage.page, attributes?.locale) };
}

/** The element of a page, once it shows the overview. */
export async function shownIn(page, language) {
  const element = new Enrolment(page, language);
  await element.overviewShown();
  return element;
}

/** Waits for the events of an element that {@link openBare} shows, and returns the last one's detail. */
export async function ended(page) {
  await page.waitForFunction(() => window.enrolmentEvents.some(({ kind }) => kind === "sca-enrolment-result"));
  return page.evaluate(() => window.enrolmentEvents.findLast(({ kind }) => kind === "sca-enrolment-result").detail);
}
