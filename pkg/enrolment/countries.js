/** The countries whose phone numbers the backend knows (ISO 3166-1 alpha-2, and AC, TA and XK): those of libphonenumber. */
const COUNTRIES =
  "ACADAEAFAGAIALAMAOARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBWBYBZCACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGTGUGWGYHKHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTATCTDTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW";

/** The countries as pairs of code and name, in the order of the language's alphabet. A browser that does not know the names shows codes. */
export function listOf(tag) {
  const codes = COUNTRIES.match(/../g);
  try {
    const names = new Intl.DisplayNames(tag, { type: "region" });
    const { compare } = new Intl.Collator(tag);
    return codes.map((code) => [code, names.of(code)]).sort(([, one], [, other]) => compare(one, other));
  } catch {
    return codes.map((code) => [code, code]);
  }
}
