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
