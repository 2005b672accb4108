"""How moments are called: those that rows can be parted by, and those that come after the outcome or say when not."""

import re

from harness.adopt.personal_words import any_word

EVENT = re.compile(
    r"date|time|stamp|created|when|day|month|week|year|period|datum|fecha|data|dt|zeit|tag|jour|日|時|月"
)
NO_EVENT = any_word(  # of an entity rather than of the row, or a plan
    "birth\\w* dob expir\\w* valid\\w* due(_?date)? hired? hire_?date founded \\w*until \\w*since end(ing)?"
    " end_?(date|time) last\\w* geburts\\w* \\w*ablauf\\w* fallig\\w* gultig\\w* bis seit vencimento vencimiento"
    " echeance validade validez desde hasta ate depuis admissao eintritt\\w*",
    "期限 満期 有効 入社 入会 到期 有效",
)
AFTER = any_word(
    "status state clos(ed?|ing|ure) resol(ved|ution) updat(ed|e) modif(ied|ication) changed? last\\w*"
    " cancel(l?ed|lation)? ended end end_?(date|time) finish(ed)? complet(ed|ion) deliver(ed|y) settle(d|ment) paid"
    " refund(ed)? returned discharged? reviewed decided decision outcome result exit left churned terminat(ed|ion)"
    " death died"
    # German
    " letzte[rsnm]? status\\w* ab(geschlossen|schluss\\w*) geschlossen schliess\\w* gekundigt kundigungs?\\w* storn\\w+"
    " erledigt\\w* geandert anderungs?\\w* aktualisier\\w* bezahlt ruckzahlungs?\\w* ruckgabe\\w* geliefert"
    " entlass\\w+ verstorben todes\\w* sterbe\\w* ende\\w* beend\\w+ austritts?\\w* ausgeschieden entscheidungs?\\w*"
    " ergebnis\\w* ruckmeldung\\w*"
    # Portuguese, Spanish, Italian
    " ultim[oa]s? situacao estado stato encerra\\w+ fecha(mento|do|da) cierre cerrad[oa] chiusura cancela\\w+"
    " atualiza\\w+ actualiza\\w+ aggiorna\\w+ altera(cao|do|da) modifica\\w* conclu\\w+ finaliza\\w+ termino fim fin"
    " fine entregue entrega entregado quita(cao|do) pago pagado pagamento devolucao devolucion alta baja baixa"
    " obito fallecimiento defuncion muerte morte saida salida uscita res(olucao|olucion|olvido|uelto) rescisao"
    " liquida(cao|cion) resultado decisao decision"
    # French
    " derniere?s? cloture\\w* ferme(ture)? resili\\w+ annul\\w+ mise_a_jour maj modifie termine livraison paiement"
    " paye resolu deces sortie statut retour remboursement"
    # Russian
    " закрыт\\w+ обновл\\w+ заверш\\w+ отмен\\w+"
    " последн\\w+ смерт\\w+ статус\\w*",
    # Japanese, Chinese
    "更新 解約 終了 完了 退院 退会 退職 退学 死亡 最終 最後 解決 閉鎖 変更 修正"
    " キャンセル 取消 返品 返金 支払 入金 納品 結果 判定 状態"
    " 关闭 结束 完成 取消 最后 付款 支付 状态 出院",
)
