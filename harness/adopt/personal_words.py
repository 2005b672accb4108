"""How columns that tell of a person are called: a list of words for each kind, in several languages."""

import re
import unicodedata

from harness.tables.header import snake

MARKS = re.compile("[\u0300-\u036f]")  # of Latin letters


def plain_name(name: str) -> str:
    """A column's name in small letters, its words parted by _, without accents: Ação-ID → acao_id."""
    bare = MARKS.sub("", unicodedata.normalize("NFKD", name))
    return snake(unicodedata.normalize("NFC", bare)).casefold()


def any_word(words: str, inside: str = "") -> re.Pattern[str]:
    """A pattern of words between underscores, and of those that may stand inside, as Japanese parts no words."""
    wholes = "|".join(words.split())
    return re.compile(rf"(?:^|_)(?:{wholes})(?:$|_)" + (f"|{'|'.join(inside.split())}" if inside else ""))


PERSONS_NAMES = any_word(
    "(first|last|full|sur|given|family|maiden|middle|nick)_?name vorname nachname familienname rufname geburtsname"
    " (kunden|patienten|mitarbeiter|mieter|schuler|teilnehmer|halter|inhaber)_?name prenom nom_(de_)?famille"
    " nom_(complet|client|patient|du_client|du_patient) apellidos? nombres? nombre_(completo|y_apellidos?)"
    " nombre_(del?_)?(cliente|paciente|empleado) sobrenome nome_(completo|social) nome_(d[oa]_)?(cliente|paciente)"
    " nome_da_mae cognome nome_e_cognome achternaam voornaam nazwisko imie фио фамилия отчество",
    "氏名 姓名 お名前 フリガナ ふりがな 本名",
)
BARE_NAMES = any_word("name nome nom naam имя", "^名前$ ^名字$")
PERSONS_CALLED = any_word(
    "(customer|user|client|patient|passenger|employee|member|contact|person|student|host|guest|owner|driver"
    "|applicant|doctor|physician|nurse|teacher|tenant|subscriber|sales_?(person|rep)|agent|caller|borrower)s?"
    " clientes? paciente medic[oa] funcionari[oa] colaborador[a]? titular responsavel vendedor[a]? alun[oa] contato"
    " empleado responsable contacto alumno kunden? kundin patientin arzt arztin mitarbeiter(in)? ansprechpartner(in)?"
    " sachbearbeiter(in)? mieter(in)? inhaber(in)? halter verkaufer(in)? betreuer(in)? salarie medecin interlocuteur",
    "担当者 患者 顧客 会員 利用者 契約者 お客様 客户 病人 员工 联系人",
)
PERSONS_NUMBERS = any_word(  # by which somebody can be called, or found
    "phone phone_?(no|nr|number) mobile mobil telephone telefon(e|o|nummer|nr)? (tele)?fax tel handy(nummer|nr)?"
    " rufnummer celular movil portable fixo whatsapp twitter instagram user_?name login"
    " ssn ssn_?(no|nr|number|hash|last_?4) social_security\\w* passport\\w* passaporte pasaporte passeport"
    " reisepass\\w* personalausweis\\w* ausweis_?(nr|nummer)? fuhrerschein\\w* iban credit_card\\w* card_(no|number)"
    " kreditkarte\\w* kartennummer konto_?(nr|nummer) (numero|num|n)_(da_|de_|do_)?(conta|cuenta|cartao|tarjeta|carte)"
    " mrn medical_record\\w* driv(er|ers|ing)_licen[cs]e\\w* license_plate kennzeichen placa vin"
    " tax_id steuer_?(id|nr|nummer) steuer_?identifikations_?nummer sv_?(nr|nummer) sozialversicherungs_?(nr|nummer)"
    " versicherten_?(nr|nummer) national_id cpf rg cns pis nis nif dni nie curp rfc cuil rut cedula nir"
    " (numero_(de_)?)?(securite_sociale|secu) codice_fiscale nino pesel ahv(_nr)? bsn aadhaar"
    " снилс инн паспорт телефон",
    "電話 携帯 口座番号 マイナンバー 個人番号 保険証 免許証 电话 手机 身份证 银行卡",
)
PERSONS_PLACES = any_word(
    "e?_?mail e_?mail_?(address|adresse) mail_?adresse correo(_electronico)? courriel почта"
    " street address strasse hausnummer wohnort anschrift adresse adresse_\\w+ endereco logradouro rua"
    " direccion domicilio calle indirizzo adres адрес ip_address",
    "住所 メール 番地 所在地 地址 邮箱",
)
BORN = re.compile(
    r"birth_?(date|day)?$|date_of_birth|(^|_)(dob|born|geb|geb_?(dat|datum)|geburts\w*|geboren(_am)?|geboorte\w*"
    r"|naissance|ne_le|nacimiento|nac|nascimento|nasc|dt_?nasc|nascita|рождения)"
    r"($|_)|生年月日|誕生日|生まれ|出生"
)
POSTCODE = re.compile(
    r"(^|_)(zip(_?code)?5?|post(al)?_?code|plz|post_?leitzahl|cep|codigo_postal|code_postal|cp|cod_postal|postnummer)$"
    r"|郵便番号|邮编|邮政编码"
)
