#include "engine/text/stop_words.h"

namespace quire::text {
namespace {

struct StopList {
  std::string_view language;
  std::string_view words;
};

// English: the 33 of Lucene. The others: articles, pronouns, prepositions, conjunctions, auxiliaries of the same
// kind.
constexpr StopList kStopLists[] = {
    {"english",
     "a an and are as at be but by for if in into is it no not of on or such that the their then there these "
     "they this to was will with"},
    {"german",
     "aber als am an auch auf aus bei bin bis das dass dem den der des die durch ein eine einem einen einer "
     "eines er es f\u00fcr hat ich im in ist ja mit nach nicht noch nur oder sie sind so um und uns vom von "
     "vor war was wie wir wird zu zum zur \u00fcber"},
    {"french",
     "au aux avec c ce ces d dans de des du elle en est et eux il ils j je l la le les leur lui m mais me n ne "
     "nous on ou par pas pour qu que qui s sa se ses son sur t te tu un une vous y"},
    {"spanish",
     "a al como con de del el ella en es esta este la las le les lo los me mi no nos o para pero por que se si "
     "sin sobre su sus un una y ya yo"},
    {"italian",
     "a ad al alla alle che chi con da dal dalla del della delle di e ed gli ha i il in io l la le lo ma mi ne "
     "nel nella non o per se si sono su sul sulla tra un una uno"},
    {"portuguese",
     "a ao aos as com como da das de do dos e ela ele em entre era est\u00e1 eu foi mais mas na nas no nos "
     "n\u00e3o o os ou para pela pelo por que se sem seu sua um uma \u00e0 \u00e9"},
    {"dutch",
     "aan als bij dan dat de den der des deze die dit door een en er had heeft het hij ik in is je maar met "
     "naar niet nog of om ook op over te tot uit van voor was wat we wel zij ze zijn"},
    {"swedish",
     "alla att av de dem den det detta du d\u00e4r efter eller en er ett fr\u00e5n f\u00f6r han har hon i inte "
     "jag kan med men mot n\u00e4r och om p\u00e5 sig som s\u00e5 till under upp var vi \u00e4r"},
    {"danish",
     "af alle at da de dem den der det dette dig du efter eller en er et for fra han har hun i ikke jeg kan "
     "men med mod n\u00e5r og om op p\u00e5 s\u00e5 sig som til ved vi var"},
    {"norwegian",
     "alle at av da de dem den der det dette du eller en er et etter for fra han har hun i ikke jeg kan med "
     "men mot n\u00e5r og om opp p\u00e5 seg som s\u00e5 til ved vi var"},
    {"russian",
     "\u0430 \u0431\u0435\u0437 \u0431\u044b \u0431\u044b\u043b \u0431\u044b\u043b\u0430 "
     "\u0431\u044b\u043b\u043e \u0431\u044b\u0442\u044c \u0432 \u0432\u0430\u043c \u0432\u0430\u0441 "
     "\u0432\u043e\u0442 \u0432\u0441\u0435 \u0432\u044b \u0433\u0434\u0435 \u0434\u043b\u044f "
     "\u0434\u043e \u0435\u0433\u043e \u0435\u0435 \u0435\u0439 \u0435\u0441\u043b\u0438 "
     "\u0435\u0441\u0442\u044c \u0436\u0435 \u0437\u0430 \u0438 \u0438\u0437 \u0438\u043b\u0438 "
     "\u0438\u043c \u0438\u0445 \u043a \u043a\u0430\u043a \u043a\u043e\u0433\u0434\u0430 "
     "\u043a\u0442\u043e \u043b\u0438 \u043c\u043d\u0435 \u043c\u044b \u043d\u0430 \u043d\u0435 "
     "\u043d\u043e \u043d\u0443 \u043e \u043e\u0431 \u043e\u043d \u043e\u043d\u0430 \u043e\u043d\u0438 "
     "\u043e\u0442 \u043f\u043e \u043f\u043e\u0434 \u043f\u0440\u0438 \u0441 \u0441\u043e "
     "\u0442\u0430\u043a \u0442\u0430\u043c \u0442\u043e \u0442\u0443\u0442 \u0442\u044b \u0443 "
     "\u0443\u0436\u0435 \u0447\u0435\u043c \u0447\u0442\u043e \u044d\u0442\u0430 \u044d\u0442\u043e "
     "\u044d\u0442\u043e\u0442 \u044f"},
    {"turkish",
     "ama bir bu da daha de en gibi hem her i\u00e7in ile ise ki mi mu m\u0131 m\u00fc ne o olan olarak "
     "\u015fu ve veya ya"},
    {"finnish",
     "ei ett\u00e4 h\u00e4n ja joka jotka kuin kun mutta my\u00f6s ne niin oli on ovat se sek\u00e4 sen "
     "tai"},
    {"hungarian",
     "a az azt csak de egy el \u00e9s ez ha hogy is ki m\u00e1r meg mint nem vagy volt"},
    {"romanian",
     "a al ale ca care ce cu de din este \u00een la mai nu o pe pentru prin s\u0103 se sunt \u0219i un una"},
    {"greek",
     "\u03b1\u03c0\u03cc \u03b3\u03b9\u03b1 \u03b4\u03b5\u03bd \u03b5\u03af\u03bd\u03b1\u03b9 "
     "\u03ad\u03bd\u03b1 \u03b7 \u03ba\u03b1\u03b9 \u03bc\u03b5 \u03bc\u03b9\u03b1 \u03bd\u03b1 \u03bf "
     "\u03bf\u03b9 \u03c0\u03bf\u03c5 \u03c3\u03b5 \u03c3\u03c4\u03b7 \u03c3\u03c4\u03bf \u03c4\u03b1 "
     "\u03c4\u03b7\u03bd \u03c4\u03b7\u03c2 \u03c4\u03bf \u03c4\u03bf\u03bd \u03c4\u03bf\u03c5 "
     "\u03c4\u03c9\u03bd"},
    {"arabic",
     "\u0623\u0646 \u0623\u0648 \u0625\u0644\u0649 \u0627\u0644\u062a\u064a \u0627\u0644\u0630\u064a "
     "\u062b\u0645 \u0639\u0644\u0649 \u0639\u0646 \u0641\u064a \u0643\u0627\u0646 \u0644\u0627 "
     "\u0645\u0627 \u0645\u0639 \u0645\u0646 \u0647\u0630\u0627 \u0647\u0630\u0647 \u0648"},
    {"hindi",
     "\u090f\u0915 \u0914\u0930 \u0915\u093e \u0915\u093f \u0915\u0940 \u0915\u0947 \u0915\u094b "
     "\u0924\u094b \u0925\u093e \u0928\u0939\u0940\u0902 \u0928\u0947 \u092a\u0930 \u092d\u0940 "
     "\u092e\u0947\u0902 \u092f\u0939 \u0938\u0947 \u0939\u0948 \u0939\u0948\u0902"},
};

}  // namespace

std::string_view StopWords(std::string_view language) {
  if (language == "porter") language = "english";
  for (const StopList& list : kStopLists) {
    if (list.language == language) return list.words;
  }
  return {};
}

}  // namespace quire::text
