/**
 * A SentencePiece-style vocabulary for English text: about 3,100 pieces, about 3 characters a token.
 *
 * llama.cpp merges the neighbours whose joint piece scores highest, so a word becomes one token only if
 * every prefix of it is a piece, and only if those prefixes outrank the plain letter pairs.
 */

/** What llama.cpp's `tokenizer.ggml.token_type` means. */
const NORMAL = 1;
const UNKNOWN = 2;
const CONTROL = 3;
const BYTE = 6;

/** SentencePiece writes a space as this character. */
const SPACE = "\u2581";

const SPECIALS = [
  { text: "<unk>", kind: UNKNOWN, score: 0 },
  { text: "<s>", kind: CONTROL, score: 0 },
  { text: "</s>", kind: CONTROL, score: 0 },
];

/** Ids of the special pieces: their places in SPECIALS. */
export const UNKNOWN_ID = 0;
export const BOS_ID = 1;
export const EOS_ID = 2;

const LETTERS = [..."abcdefghijklmnopqrstuvwxyz"];
const CAPITALS = LETTERS.map((letter) => letter.toUpperCase());
const PAIRS = LETTERS.flatMap((first) => LETTERS.map((second) => first + second));

const WORDS = `the of and to in is that it was for on are with as his they be at one have this from or had by not but
some what there we can out other were all your when up use word how said an each she which do their time if will way
about many then them would write like so these her long make thing see him two has look more day could go come did my
sound no most number who over know water than call first people may down side been now find any new work part take get
place made live where after back little only round man year came show every good me give our under name very through
just form much great think say help low line before turn cause same mean differ move right boy old too does tell sentence
set three want air well also play small end put home read hand port large spell add even land here must big high such
follow act why ask men change went light kind off need house picture try us again animal point mother world near build
self earth father head stand own page should country found answer school grow study still learn plant cover food sun
four thought let keep eye never last door between city tree cross since hard start might story saw far sea draw left
late run while press close night real life few stop open seem together next white children begin got walk example ease
paper often always music those both mark book letter until mile river car feet care second group carry took rain eat
room friend began idea fish mountain north once base hear horse cut sure watch color face wood main enough plain girl
usual young ready above ever red list though feel talk bird soon body dog family direct leave song measure state product
black short class wind question happen complete ship area half rock order fire south problem piece told knew pass farm
top whole king size heard best hour better true during hundred remember step early hold west ground interest reach fast
five sing listen six table travel less morning ten simple several vowel toward war lay against pattern slow center love
person money serve appear road map science rule govern pull cold notice voice fall power town fine certain fly unit lead
cry dark machine note wait plan figure star box noun field rest correct able pound done beauty drive stood contain front
teach week final gave green oh quick develop sleep warm free minute strong special mind behind clear tail produce fact
street inch lot nothing course stay wheel full force blue object decide surface deep moon island foot yet busy test
record boat common gold possible plane age dry wonder laugh thousand ago ran check game shape yes hot miss brought heat
snow bed bring sit perhaps fill east weight language among model server request token prompt context memory cache batch
latency throughput system result value explain describe summary report user data network process service software`;

/** What words outside the list are mostly made of. */
const FRAGMENTS = `ation ition ction ssion sion tion ment ness ance ence able ible ical ious ting ning ring ling ding king
sing ving ally ently ely ily ted ded ned red sed led ked ies ers ors ist ism ity ure ght ough ound ould ain ard art ast
ate ath ave ays ect eed een ell end ent ess est ial ice ick ide ign ill ine ing ink ion ire ish ite ive lay ler lly low
nal nce nds nes old oll one ong ood ook oon oor ore ork orm orn ort ose oss ost oth oud our ous out ove own per port pect
press ple pri pro que ran rea res ret rid rit rom ross rou rse row ses set ser side sol some son ster str sure tch ten
ter the tic tle tor tra tri tur ual und ven ver vent view ward wer wor`;

/** Every piece in the order of its id. `sayable` marks those with text of their own, which a client can see. */
export function vocabulary() {
  const bytes = Array.from({ length: 256 }, (_, byte) => ({
    text: `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
    kind: BYTE,
    score: 0,
  }));
  const pieces = normalTexts().map((text, rank) => ({ text, kind: NORMAL, score: -rank }));
  return [...SPECIALS, ...bytes, ...pieces].map((piece) => ({ ...piece, sayable: isSayable(piece) }));
}

/** Best first: a piece's rank is its score. */
function normalTexts() {
  const printable = Array.from({ length: 0x7f - 0x21 }, (_, i) => String.fromCharCode(0x21 + i));
  return [
    ...new Set([
      ...WORDS.split(/\s+/).flatMap((word) => prefixes(SPACE + word)),
      ...FRAGMENTS.split(/\s+/).flatMap(prefixes),
      ...PAIRS.map((pair) => SPACE + pair),
      ...LETTERS.map((letter) => SPACE + letter),
      ...CAPITALS.map((letter) => SPACE + letter),
      ...PAIRS,
      ...printable,
      SPACE,
    ]),
  ];
}

/** Of two characters and more: single characters have a place of their own. */
function prefixes(text) {
  return Array.from({ length: text.length - 1 }, (_, i) => text.slice(0, i + 2));
}

function isSayable({ kind, text }) {
  return kind === NORMAL && text !== SPACE;
}
